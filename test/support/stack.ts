import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(__dirname, "../..");

/** How a run of the CLI ended. */
export interface CliResult {
  exitCode: number;
  stdout: string;
  stderr: string;
  /** Both, for messages that may be on either. */
  output: string;
}

/**
 * A stack of the root program, or of an example, with a state of its own. The CLI, its plugins and the engine are those that
 * `npm test` prepared: PATH, PULUMI_HOME and DOCKER_HOST.
 */
export class TestStack {
  private constructor(
    readonly name: string,
    private readonly program: string,
    private readonly directory: string,
    private readonly dockerHost: string | undefined,
  ) {}

  /**
   * @param program folder of the program, from the root of the project
   * @param dockerHost another engine than that of the tests
   */
  static async create(name: string, program = ".", dockerHost?: string): Promise<TestStack> {
    const directory = await mkdtemp(join(tmpdir(), "webfarm-stack-"));
    await mkdir(join(directory, "state"));
    const stack = new TestStack(name, resolve(root, program), directory, dockerHost);
    await stack.expect(0, "stack", "init", name);
    return stack;
  }

  /** Runs the CLI in the program's folder. */
  run(...args: string[]): Promise<CliResult> {
    const environment = {
      ...process.env,
      PULUMI_BACKEND_URL: `file://${join(this.directory, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_CONFIG_PASSPHRASE_FILE: undefined,
      PULUMI_ACCESS_TOKEN: undefined,
      PULUMI_STACK: undefined,
      ...(this.dockerHost === undefined ? {} : { DOCKER_HOST: this.dockerHost }),
    };
    // Behind the command and before its arguments: a value may follow a `--`.
    const [command = "", ...rest] = args;
    const flags = ["--non-interactive", "--cwd", this.program];
    if (["up", "preview", "destroy", "refresh", "config"].includes(command)) {
      flags.push("--config-file", join(this.directory, "config.yaml"));
    }
    const all = [command, ...flags, ...rest];
    return new Promise((done, fail) => {
      execFile(
        "pulumi",
        all,
        { env: environment, timeout: 240_000, maxBuffer: 1 << 26 },
        (error, stdout, stderr) => {
          if (error !== null && typeof error.code !== "number") {
            fail(new Error(`pulumi ${args.join(" ")}: ${error.message}\n${stdout}${stderr}`));
            return;
          }
          const exitCode = error === null ? 0 : Number(error.code);
          done({ exitCode, stdout, stderr, output: stdout + stderr });
        },
      );
    });
  }

  /** Runs the CLI and fails with all it printed when its exit code is another. */
  async expect(exitCode: number, ...args: string[]): Promise<CliResult> {
    const result = await this.run(...args);
    if (result.exitCode !== exitCode) {
      throw new Error(
        `pulumi ${args.join(" ")} ended with ${result.exitCode}, not ${exitCode}\n${result.output}`,
      );
    }
    return result;
  }

  async configure(settings: Record<string, string | number>): Promise<void> {
    for (const [key, value] of Object.entries(settings)) {
      await this.expect(0, "config", "set", key, "--", String(value));
    }
  }

  up(): Promise<CliResult> {
    return this.expect(0, "up", "--yes", "--skip-preview");
  }

  async outputs<T>(): Promise<T> {
    return JSON.parse((await this.expect(0, "stack", "output", "--json")).stdout) as T;
  }

  async remove(): Promise<void> {
    await this.expect(0, "destroy", "--yes", "--skip-preview");
    await this.expect(0, "stack", "rm", "--yes", this.name);
    await rm(this.directory, { recursive: true });
  }
}
