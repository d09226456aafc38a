import { execFile, spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { waitUntil } from "../../toolchain/setup/engineProcesses";

const stopSeconds = 30;

/** How a machine is called and reached. */
export interface MachineOptions {
  /** @default this machine's */
  hostname?: string | undefined;
  /** That of a machine that ended, to have its address again. */
  cable?: Cable;
}

/**
 * A machine made of namespaces: network, mounts, processes and host name of its own, with a network cable to the
 * machine it runs on. All of it ends with its first process, and that one with this program.
 */
export class Machine {
  private readonly entered: ChildProcess[] = [];

  private constructor(
    private readonly namespaces: ChildProcess,
    /** The first process, as this machine counts. */
    readonly first: number,
    private readonly options: MachineOptions,
    readonly cable: Cable,
  ) {}

  static async start(options: MachineOptions = {}): Promise<Machine> {
    const namespaces = await openNamespaces(options.hostname);
    const first = childOf(namespaces);
    const machine = new Machine(namespaces, first, options, options.cable ?? cableOf(first));
    await machine.layCable().catch(async (error: unknown) => {
      await machine.end();
      throw error;
    });
    return machine;
  }

  /** After `end`: another one of the same name and address. */
  again(): Promise<Machine> {
    return Machine.start({ ...this.options, cable: this.cable });
  }

  /** Runs a command to its end; fails as it does. */
  async run(...command: string[]): Promise<void> {
    await promisify(execFile)("nsenter", [...this.enter, ...command], { timeout: 60_000 });
  }

  /** Starts a program; it is the only child of the result. */
  spawn(command: readonly string[], options: SpawnOptions): ChildProcess {
    const child = spawn("nsenter", [...this.enter, ...command], options);
    this.entered.push(child);
    return child;
  }

  /** Everything on it stands still; its kernel, which is this machine's, goes on. */
  async pause(): Promise<void> {
    await this.run("sh", "-c", "kill -STOP -1");
  }

  async resume(): Promise<void> {
    await this.run("sh", "-c", "kill -CONT -1");
    // nsenter stops and goes on with its child, but does not see that one go on.
    for (const child of this.entered) child.kill("SIGCONT");
  }

  /** Ends everything in it at one moment; its network goes first, so that nobody hears of it. */
  async end(): Promise<void> {
    const { namespaces } = this;
    if (namespaces.exitCode !== null || namespaces.signalCode !== null) return;
    if (this.hasCable()) await ip("link", "delete", this.cable.name);
    const ended = new Promise((resolve) => namespaces.on("exit", resolve));
    namespaces.kill("SIGKILL");
    // One that stands still would never take off its child.
    for (const child of this.entered) child.kill("SIGCONT");
    await within(stopSeconds, "the end of the machine's namespaces", ended);
    // The first process is over when all others are.
    const over = () => !/^State:\t[^ZX]/m.test(textOf(`/proc/${this.first}/status`));
    if (!(await waitUntil(over, stopSeconds))) throw new Error("processes of the machine do not end");
    for (const controller of readdirSync("/sys/fs/cgroup")) {
      removeCgroup(join("/sys/fs/cgroup", controller, this.cgroup));
    }
    removeCgroup(join("/sys/fs/cgroup", this.cgroup));
  }

  /** Name of the control group for all that an engine on it runs. */
  get cgroup(): string {
    return this.cable.name;
  }

  private get enter(): string[] {
    return ["--target", String(this.first), "--mount", "--net", "--pid", "--uts", "--"];
  }

  private hasCable(): boolean {
    return textOf("/proc/net/dev").includes(`${this.cable.name}:`);
  }

  private async layCable(): Promise<void> {
    const { name, near, far } = this.cable;
    await ip("link", "add", name, "type", "veth", "peer", "name", "uplink", "netns", String(this.first));
    await ip("address", "add", `${near}/30`, "dev", name);
    await ip("link", "set", name, "up");
    await this.run("ip", "address", "add", `${far}/30`, "dev", "uplink");
    await this.run("ip", "link", "set", "uplink", "up");
  }
}

/** A network cable between this machine and one of namespaces. */
export interface Cable {
  name: string;
  /** Address of this machine's end. */
  near: string;
  /** Address of the other end. */
  far: string;
}

/** In the range reserved for tests of networks. */
function cableOf(first: number): Cable {
  const net = `198.18.${(first >> 6) % 256}.`;
  const base = (first % 64) * 4;
  return { name: `wf${first}`, near: `${net}${base + 1}`, far: `${net}${base + 2}` };
}

/** Runs this machine's `ip`. */
export async function ip(...args: string[]): Promise<void> {
  await promisify(execFile)("ip", args, { timeout: 20_000 });
}

/** Namespaces with a first process, which holds this program's pipe as its standard input and ends with it. */
async function openNamespaces(hostname?: string): Promise<ChildProcess> {
  const name = hostname === undefined ? "" : `hostname ${hostname} && `;
  // Connections to others that ended would keep the network there for minutes.
  const forget = "echo 1 > /proc/sys/net/ipv4/tcp_orphan_retries";
  // A power cut ends `cat` too. The `exit` keeps the shell, which takes ended processes off, from becoming `cat`.
  const script = `${name}${forget} && ip link set lo up && echo ready && until cat; do :; done 2>/dev/null; exit`;
  const options = ["--mount", "--net", "--pid", "--uts", "--fork", "--kill-child", "--mount-proc"];
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
  return namespaces;
}

/** The process that another one started. */
export function childOf({ pid = 0 }: ChildProcess): number {
  const child = Number(textOf(`/proc/${pid}/task/${pid}/children`).trim().split(" ")[0]);
  if (child > 0) return child;
  throw new Error(`process ${pid} has no child`);
}

/** A file's text; empty when it is gone, as those of processes come and go. */
export function textOf(file: string): string {
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

/** The result of some work, or a fault that says what was late. */
export async function within<T>(seconds: number, what: string, work: Promise<T>): Promise<T> {
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
