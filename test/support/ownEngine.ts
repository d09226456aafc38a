import { spawnSync, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import Docker from "dockerode";
import {
  canHaveEnginePrograms,
  findEnginePrograms,
  type EnginePrograms,
} from "../../toolchain/setup/enginePrograms";
import { waitUntil } from "../../toolchain/setup/engineProcesses";
import { projectPaths } from "../../toolchain/setup/paths";
import { lastLines } from "../../toolchain/setup/process";
import { eventually } from "./engine";
import { childOf, Machine, textOf, within } from "./machine";

const root = resolve(__dirname, "../..");
const startSeconds = 60;
const stopSeconds = 30;

/**
 * A Docker engine of a test's own, which the test may kill: on a machine of namespaces, so that it disturbs no
 * other engine here.
 */
export class OwnEngine {
  readonly docker: Docker;
  /** For DOCKER_HOST. */
  readonly host: string;
  private daemon: ChildProcess | undefined;

  private constructor(
    readonly directory: string,
    private readonly programs: EnginePrograms,
    private current: Machine,
  ) {
    const socketPath = join(directory, "docker.sock");
    this.docker = new Docker({ socketPath });
    this.host = `unix://${socketPath}`;
  }

  /** Why no second engine can be here; undefined where one can. */
  static whyNot(): string | undefined {
    if (process.platform !== "linux" || process.getuid?.() !== 0) return "it needs root on Linux";
    if (!canHaveEnginePrograms()) return "there is neither dockerd nor apt-get to fetch it";
    const options = [
      "--mount",
      "--net",
      "--pid",
      "--uts",
      "--fork",
      "--mount-proc",
      "ip",
      "link",
      "set",
      "lo",
      "up",
    ];
    const { status, error, stderr } = spawnSync("unshare", options, { timeout: 20_000, encoding: "utf8" });
    return status === 0 ? undefined : `no namespaces to be had: ${error?.message ?? stderr}`;
  }

  /**
   * @param options.diskMb size of its disk, which is then a part of the memory; without it the disk of this machine
   * @param options.hostname what the engine is called; as this machine unless given
   */
  static async start({ diskMb, hostname }: { diskMb?: number; hostname?: string } = {}): Promise<OwnEngine> {
    const programs = await findEnginePrograms(projectPaths(root), {
      activity: () => undefined,
      detail: () => undefined,
      result: () => undefined,
    });
    const machine = await Machine.start({ hostname });
    const engine = new OwnEngine(await mkdtemp(join(tmpdir(), "webfarm-engine-")), programs, machine);
    try {
      if (diskMb !== undefined) await engine.mountDisk(diskMb);
      await engine.startDaemon();
    } catch (error) {
      await engine.stop();
      throw error;
    }
    return engine;
  }

  /** Where it runs; another one after each `switchOff`. */
  get machine(): Machine {
    return this.current;
  }

  /** Where a port that the engine publishes is reached from here. */
  url(port: number): string {
    return `http://${this.machine.cable.far}:${port}`;
  }

  /** Fills the disk of `diskMb` to its last byte; the result makes room again. */
  async fillDisk(): Promise<() => Promise<void>> {
    const ballast = join(this.dataRoot, "ballast");
    // It ends with "no space left", as it should.
    await this.machine.run("sh", "-c", `cat /dev/zero > ${ballast} 2>/dev/null || true`);
    return () => this.machine.run("rm", ballast);
  }

  private async mountDisk(megabytes: number): Promise<void> {
    await mkdir(this.dataRoot);
    await this.machine.run("mount", "-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", this.dataRoot);
  }

  private get dataRoot(): string {
    return join(this.directory, "data");
  }

  /** Copies images from another engine. */
  async takeImages(from: Docker, references: readonly string[]): Promise<void> {
    for (const reference of references) {
      const archive = await from.getImage(reference).get();
      const answer = await this.docker.loadImage(archive);
      answer.resume();
      await new Promise((resolve, reject) => answer.on("end", resolve).on("error", reject));
      await this.docker.getImage(reference).inspect();
    }
  }

  async startDaemon(): Promise<void> {
    const log = openSync(this.logFile, "a");
    this.daemon = this.machine.spawn(
      [
        this.programs.dockerd,
        ...["--host", this.host],
        ...["--data-root", this.dataRoot],
        ...["--exec-root", this.execRoot],
        ...["--pidfile", this.pidFile],
        ...["--cgroup-parent", `/${this.machine.cgroup}`],
      ],
      { env: this.programs.env, stdio: ["ignore", log, log] },
    );
    closeSync(log);
    await eventually("an answer of the test's own engine", startSeconds, () => this.docker.ping()).catch(
      (error: unknown) => {
        const lines = readFileSync(this.logFile, "utf8").split("\n");
        throw new Error(`${String(error)}\n${lastLines(lines, 10)}`);
      },
    );
  }

  /** Ends the daemon: at once, or in order with its containers. */
  async endDaemon(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const { daemon } = this;
    if (daemon === undefined) throw new Error("no daemon runs");
    const ended = new Promise((resolve) => daemon.on("exit", resolve));
    process.kill(childOf(daemon), signal);
    await within(stopSeconds, "the end of the daemon", ended);
    // A killed one cannot take its file away, and the next one's process may have the same number.
    if (signal === "SIGKILL") await rm(this.pidFile, { force: true });
  }

  /** It stands still until the machine's `resume`. */
  async pauseDaemon(): Promise<void> {
    await this.machine.run("sh", "-c", `kill -STOP $(cat ${this.pidFile})`);
  }

  /** Ends everything that runs on the engine and the engine itself at one moment. */
  async powerCut(): Promise<void> {
    const { daemon } = this;
    if (daemon === undefined) throw new Error("no daemon runs");
    const ended = new Promise((resolve) => daemon.on("exit", resolve));
    // All processes that this one sees, but for itself and the first.
    await this.machine.run("sh", "-c", "kill -KILL -1");
    await within(stopSeconds, "the end of the daemon", ended);
    await rm(this.pidFile, { force: true });
  }

  /** As `powerCut`, and the network goes as well: whoever asks gets no answer at all. `switchOn` ends that. */
  async switchOff(): Promise<void> {
    await this.machine.end();
    await rm(this.pidFile, { force: true });
    // What is under /run elsewhere does not outlive a boot: process numbers in it would mean others.
    await rm(this.execRoot, { recursive: true, force: true });
  }

  /** A machine of the same name and address, on which `startDaemon` starts the engine again. */
  async switchOn(): Promise<void> {
    this.current = await this.machine.again();
  }

  /** Ends all of it, and fails when something stays. */
  async stop(): Promise<void> {
    await this.machine.end();
    const gone = await waitUntil(() => this.remains().length === 0, stopSeconds);
    if (!gone) throw new Error(`the test's own engine left behind: ${this.remains().join(", ")}`);
    await rm(this.directory, { recursive: true });
  }

  private get execRoot(): string {
    return join(this.directory, "exec");
  }

  private get logFile(): string {
    return join(this.directory, "dockerd.log");
  }

  private get pidFile(): string {
    return join(this.directory, "dockerd.pid");
  }

  /** Processes and mounts of the engine that are still there. */
  private remains(): string[] {
    const processes = readdirSync("/proc")
      .filter((entry) => /^\d+$/.test(entry))
      .filter((pid) => textOf(`/proc/${pid}/cmdline`).includes(this.directory))
      .map((pid) => `process ${pid}`);
    const mounts = textOf("/proc/self/mountinfo").includes(this.directory) ? ["mounts"] : [];
    return [...processes, ...mounts];
  }
}
