import { execFile, spawn, type ChildProcess } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { nodeModules } from "./projectRoot";

export interface PulumiRun {
  readonly exitCode: number;
  /** Both streams. */
  readonly output: string;
  readonly stdout: string;
}

/** A small Pulumi project with a backend and a passphrase of its own; CLI and plugins are those of the set-up. */
export class TestProject {
  private readonly cli = process.env.WEBFARM_PULUMI ?? "pulumi";

  private constructor(
    readonly directory: string,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly runSeconds: number,
  ) {}

  /**
   * Writes the files, links this project's packages unless told otherwise, and makes a stack.
   *
   * @param backend another project whose state is shared, for stack references
   */
  static async create(
    files: Readonly<Record<string, string>>,
    {
      linkPackages = true,
      runSeconds = 120,
      backend,
      dockerHost,
    }: { linkPackages?: boolean; runSeconds?: number; backend?: TestProject; dockerHost?: string } = {},
  ): Promise<TestProject> {
    const directory = await realpath(await mkdtemp(join(tmpdir(), "webfarm-project-")));
    const environment = {
      ...process.env,
      PULUMI_HOME: join(directory, ".home"),
      PULUMI_BACKEND_URL: pathToFileURL(join((backend ?? { directory }).directory, ".state")).href,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_CONFIG_PASSPHRASE_FILE: undefined,
      PULUMI_ACCESS_TOKEN: undefined,
      PULUMI_STACK: undefined,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      ...(dockerHost === undefined ? {} : { DOCKER_HOST: dockerHost }),
    };
    const project = new TestProject(directory, environment, runSeconds);
    await mkdir(join(directory, ".state"));
    await mkdir(join(directory, ".home"));
    const { PULUMI_HOME: preparedHome } = process.env;
    if (preparedHome !== undefined) {
      await symlink(join(preparedHome, "plugins"), join(directory, ".home", "plugins"));
    }
    if (linkPackages) await symlink(nodeModules, join(directory, "node_modules"));
    for (const [name, content] of Object.entries(files)) await project.write(name, content);
    const { exitCode, output } = await project.run("stack", "init", "test");
    if (exitCode !== 0) {
      await project.remove();
      throw new Error(`stack init: ${output}`);
    }
    return project;
  }

  async write(name: string, content: string): Promise<void> {
    const file = join(this.directory, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }

  /** Runs the CLI to its end. */
  run(...args: string[]): Promise<PulumiRun> {
    return this.execute(this.cli, ...args, "--non-interactive");
  }

  /** Runs any program in the project's folder and environment. */
  execute(file: string, ...args: string[]): Promise<PulumiRun> {
    return new Promise((done, fail) => {
      execFile(
        file,
        args,
        {
          cwd: this.directory,
          env: this.environment,
          timeout: this.runSeconds * 1000,
          killSignal: "SIGKILL",
        },
        (error, stdout, stderr) => {
          if (error !== null && typeof error.code !== "number") {
            fail(new Error(`${file} ${args.join(" ")}: ${error.message}\n${stdout}${stderr}`));
          } else {
            done({ exitCode: error === null ? 0 : Number(error.code), output: stdout + stderr, stdout });
          }
        },
      );
    });
  }

  /** Starts the CLI in a process group of its own, as a terminal does, and leaves it running. */
  start(...args: string[]): ChildProcess {
    return spawn(this.cli, [...args, "--non-interactive"], {
      cwd: this.directory,
      env: this.environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
  }

  /** Whether a running CLI, or a killed one, holds the stack's lock. */
  isLocked(): boolean {
    const locks = join(this.directory, ".state", ".pulumi", "locks");
    return (
      existsSync(locks) &&
      readdirSync(locks, { recursive: true, encoding: "utf8" }).some((file) => file.endsWith(".json"))
    );
  }

  remove(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true });
  }
}
