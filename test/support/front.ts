import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Docker from "dockerode";
import { startFront, type Front, type FrontOptions } from "../../lab/front/front";
import { connect } from "../../sdk/reload/endpoint";

/** How a run of a program ended. */
export interface Ended {
  readonly exitCode: number;
  /** Both streams. */
  readonly output: string;
}

/** An engine front of a test, with the clients that speak to it. */
export class TestFront {
  private constructor(
    private readonly front: Front,
    readonly directory: string,
    readonly client: Docker,
  ) {}

  static async start(options: Omit<FrontOptions, "engine" | "stateDir">): Promise<TestFront> {
    const directory = await mkdtemp(join(tmpdir(), "webfarm-front-"));
    const engine = process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock";
    const front = await startFront({ engine, stateDir: directory, ...options });
    return new TestFront(front, directory, await connect({ host: front.dockerHost }));
  }

  get host(): string {
    return this.front.dockerHost;
  }

  get hostAddress(): string {
    return this.front.hostAddress;
  }

  /** Runs the docker command; what it prints on both streams comes with its exit code. */
  run(...args: string[]): Promise<Ended> {
    return new Promise((done) => {
      const environment = { ...process.env, DOCKER_HOST: this.host, DOCKER_BUILDKIT: "0" };
      execFile(
        "docker",
        args,
        { env: environment, timeout: 60_000, killSignal: "SIGKILL" },
        (error, stdout, stderr) => {
          const code = error?.code;
          done({
            exitCode: error === null ? 0 : typeof code === "number" ? code : -1,
            output: stdout + stderr,
          });
        },
      );
    });
  }

  /** Runs the docker command, which must succeed, and resolves to what it prints. */
  async docker(...args: string[]): Promise<string> {
    const { exitCode, output } = await this.run(...args);
    if (exitCode !== 0) throw new Error(`docker ${args.join(" ")} ended with ${exitCode}\n${output}`);
    return output.trim();
  }

  async close(): Promise<void> {
    await this.front.close();
    await rm(this.directory, { recursive: true, force: true });
  }
}
