import { execFile, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
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

const root = resolve(__dirname, "../..");
const startSeconds = 60;
const stopSeconds = 30;

/**
 * A Docker engine of a test's own, which the test may kill: in namespaces of its own for network, mounts and
 * processes, so that it disturbs no other engine here and all of it ends with its first process.
 */
export class OwnEngine {
  readonly docker: Docker;
  /** For DOCKER_HOST. */
  readonly host: string;
  private daemon: ChildProcess | undefined;

  private constructor(
    readonly directory: string,
    private readonly programs: EnginePrograms,
    private readonly namespaces: ChildProcess,
    private readonly wire: Wire,
  ) {
    const socketPath = join(directory, "docker.sock");
    this.docker = new Docker({ socketPath });
    this.host = `unix://${socketPath}`;
  }

  /** Why no second engine can be here; undefined where one can. */
  static whyNot(): string | undefined {
    if (process.platform !== "linux" || process.getuid?.() !== 0) return "it needs root on Linux";
    if (!canHaveEnginePrograms()) return "there is neither dockerd nor apt-get to fetch it";
    const options = ["--mount", "--net", "--pid", "--fork", "--mount-proc", "ip", "link", "set", "lo", "up"];
    const { status, error, stderr } = spawnSync("unshare", options, { timeout: 20_000, encoding: "utf8" });
    return status === 0 ? undefined : `no namespaces to be had: ${error?.message ?? stderr}`;
  }

  /** @param diskMb size of its disk, which is then a part of the memory; without it the disk of this machine */
  static async start({ diskMb }: { diskMb?: number } = {}): Promise<OwnEngine> {
    const programs = await findEnginePrograms(projectPaths(root), {
      activity: () => undefined,
      detail: () => undefined,
      result: () => undefined,
    });
    const directory = await mkdtemp(join(tmpdir(), "webfarm-engine-"));
    const { process: namespaces, first } = await openNamespaces();
    const engine = new OwnEngine(directory, programs, namespaces, await layWire(first));
    try {
      if (diskMb !== undefined) await engine.mountDisk(diskMb);
      await engine.startDaemon();
    } catch (error) {
      await engine.stop();
      throw error;
    }
    return engine;
  }

  /** Where a port that the engine publishes is reached from here. */
  url(port: number): string {
    return `http://${this.wire.address}:${port}`;
  }

  /** Fills the disk of `diskMb` to its last byte; the result makes room again. */
  async fillDisk(): Promise<() => Promise<void>> {
    const ballast = join(this.dataRoot, "ballast");
    // It ends with "no space left", as it should.
    await this.inMounts("sh", "-c", `cat /dev/zero > ${ballast} 2>/dev/null || true`);
    return () => this.inMounts("rm", ballast);
  }

  private async mountDisk(megabytes: number): Promise<void> {
    await mkdir(this.dataRoot);
    await this.inMounts("mount", "-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", this.dataRoot);
  }

  private async inMounts(...command: string[]): Promise<void> {
    const enter = ["--target", String(childOf(this.namespaces)), "--mount", "--", ...command];
    await promisify(execFile)("nsenter", enter, { timeout: 60_000 });
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
    this.daemon = spawn(
      "nsenter",
      [
        ...["--target", String(childOf(this.namespaces)), "--mount", "--net", "--pid", "--"],
        this.programs.dockerd,
        ...["--host", this.host],
        ...["--data-root", this.dataRoot],
        ...["--exec-root", join(this.directory, "exec")],
        ...["--pidfile", join(this.directory, "dockerd.pid")],
        ...["--cgroup-parent", `/${this.cgroup}`],
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
    if (signal === "SIGKILL") await rm(join(this.directory, "dockerd.pid"), { force: true });
  }

  /** Ends everything that runs on the engine and the engine itself at one moment. */
  async powerCut(): Promise<void> {
    const { daemon } = this;
    if (daemon === undefined) throw new Error("no daemon runs");
    const ended = new Promise((resolve) => daemon.on("exit", resolve));
    const enter = ["--target", String(childOf(this.namespaces)), "--mount", "--pid", "--"];
    // All processes that this one sees, but for itself and the first.
    await promisify(execFile)("nsenter", [...enter, "sh", "-c", "kill -KILL -1"], { timeout: 20_000 });
    await within(stopSeconds, "the end of the daemon", ended);
    await rm(join(this.directory, "dockerd.pid"), { force: true });
  }

  /** Ends all of it, and fails when something stays. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.namespaces.on("exit", resolve));
    this.namespaces.kill("SIGKILL");
    await within(stopSeconds, "the end of the engine's namespaces", ended);
    const gone = await waitUntil(() => this.remains().length === 0, stopSeconds);
    if (!gone) throw new Error(`the test's own engine left behind: ${this.remains().join(", ")}`);
    for (const controller of readdirSync("/sys/fs/cgroup")) {
      removeCgroup(join("/sys/fs/cgroup", controller, this.cgroup));
    }
    removeCgroup(join("/sys/fs/cgroup", this.cgroup));
    await rm(this.directory, { recursive: true });
  }

  private get logFile(): string {
    return join(this.directory, "dockerd.log");
  }

  private get cgroup(): string {
    return this.wire.name;
  }

  /** Processes, mounts and interfaces of the engine that are still there. */
  private remains(): string[] {
    const processes = readdirSync("/proc")
      .filter((entry) => /^\d+$/.test(entry))
      .filter((pid) => textOf(`/proc/${pid}/cmdline`).includes(this.directory))
      .map((pid) => `process ${pid}`);
    const mounts = textOf("/proc/self/mountinfo").includes(this.directory) ? ["mounts"] : [];
    const interfaces = textOf("/proc/net/dev").includes(this.wire.name) ? ["its network interface"] : [];
    return [...processes, ...mounts, ...interfaces];
  }
}

/**
 * Namespaces with a first process whose end is the end of all in them. It ends by itself with this program, which
 * holds its standard input.
 */
async function openNamespaces(): Promise<{ process: ChildProcess; first: number }> {
  // A power cut ends `cat` too. The `exit` keeps the shell, which takes ended processes off, from becoming `cat`.
  const script = "ip link set lo up && echo ready && until cat; do :; done 2>/dev/null; exit";
  const options = ["--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const namespaces = spawn("unshare", [...options, "sh", "-c", script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ready = new Promise((resolve, reject) => {
    namespaces.stdout.once("data", resolve);
    namespaces.once("error", reject).once("exit", () => {
      reject(new Error("unshare ended"));
    });
  });
  await within(20, "namespaces for an engine", ready);
  return { process: namespaces, first: childOf(namespaces) };
}

interface Wire {
  name: string;
  /** The engine's end. */
  address: string;
}

/** A network cable between this machine and the namespaces, in the range reserved for tests of networks. */
async function layWire(first: number): Promise<Wire> {
  const name = `wf${first}`;
  const net = `198.18.${(first >> 6) % 256}.`;
  const base = (first % 64) * 4;
  const ip = (...args: string[]) => promisify(execFile)("ip", args, { timeout: 20_000 });
  await ip("link", "add", name, "type", "veth", "peer", "name", "uplink", "netns", String(first));
  await ip("address", "add", `${net}${base + 1}/30`, "dev", name);
  await ip("link", "set", name, "up");
  const enter = (...args: string[]) =>
    promisify(execFile)("nsenter", ["--target", String(first), "--net", "ip", ...args], { timeout: 20_000 });
  await enter("address", "add", `${net}${base + 2}/30`, "dev", "uplink");
  await enter("link", "set", "uplink", "up");
  return { name, address: `${net}${base + 2}` };
}

function childOf({ pid = 0 }: ChildProcess): number {
  const child = Number(textOf(`/proc/${pid}/task/${pid}/children`).trim().split(" ")[0]);
  if (child > 0) return child;
  throw new Error(`process ${pid} has no child`);
}

/** Empty when the file is gone, as those of processes come and go. */
function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** Control groups hold no files that could be removed, only other groups. */
function removeCgroup(directory: string): void {
  if (!existsSync(directory)) return;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) removeCgroup(join(directory, entry.name));
  }
  rmdirSync(directory);
}

async function within<T>(seconds: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${what}: not within ${seconds} s`));
    }, seconds * 1000);
  });
  return Promise.race([work, late]).finally(() => {
    clearTimeout(timer);
  });
}
