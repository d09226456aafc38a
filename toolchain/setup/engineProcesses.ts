import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A process of this machine, as /proc shows it. */
export interface Process {
  pid: number;
  parent: number;
  args: string[];
}

function readProcess(pid: number): Process | undefined {
  try {
    const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
    const parent = Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
    return args.length === 0 ? undefined : { pid, parent, args };
  } catch {
    return undefined;
  }
}

function processes(): Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name)))
    .filter((process) => process !== undefined);
}

/** Whether one of the arguments is this directory or lies in it. */
export function mentionsDirectory(process: Pick<Process, "args">, directory: string): boolean {
  return process.args.some((arg) => {
    const path = arg.replace(/^(--[\w-]+=)?(unix:\/\/)?/, "");
    return path === directory || path.startsWith(`${directory}/`);
  });
}

/** The process with this id, if it works in the directory: an id alone may belong to somebody else by now. */
export function processOf(pid: number, directory: string): Process | undefined {
  const process = readProcess(pid);
  return process !== undefined && mentionsDirectory(process, directory) ? process : undefined;
}

/**
 * Every process of an engine that works in the directory: its programs (dockerd, containerd, its shims),
 * and the first process of each container, whose end is the container's.
 */
export function engineProcesses(directory: string, all = processes()): Process[] {
  const programs = all.filter(
    (process) =>
      /(^|\/)(dockerd|containerd|containerd-shim[^/]*)$/.test(process.args[0] ?? "") &&
      mentionsDirectory(process, directory),
  );
  const ids = new Set(programs.map(({ pid }) => pid));
  const started = all.filter(({ pid, parent }) => ids.has(parent) && !ids.has(pid));
  return [...started, ...programs];
}

/** Ends processes at once. */
export function endProcesses(ended: readonly Process[]): void {
  for (const { pid } of ended) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended in the meantime, which is what was wanted.
    }
  }
}

function networkNamespace(pid: number | "self"): string | undefined {
  try {
    return readlinkSync(join("/proc", String(pid), "ns", "net"));
  } catch {
    return undefined;
  }
}

/** Daemons other than ours that share this machine's network, and with it the firewall rules. */
export function otherDaemons(directory: string): Process[] {
  const here = networkNamespace("self");
  return processes().filter(
    (process) =>
      /(^|\/)dockerd$/.test(process.args[0] ?? "") &&
      !mentionsDirectory(process, directory) &&
      networkNamespace(process.pid) === here,
  );
}

/** The sockets that a daemon's command line names: `-H unix://PATH`, `--host=unix://PATH`. */
export function daemonSockets(args: readonly string[]): string[] {
  return args
    .flatMap((arg, index) => {
      if (arg === "-H" || arg === "--host") return [args[index + 1] ?? ""];
      const match = /^(?:-H=?|--host=)(.+)$/.exec(arg);
      return match?.[1] === undefined ? [] : [match[1]];
    })
    .filter((host) => host.startsWith("unix://"));
}

/** Waits until the condition holds; false when the time is up first. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  seconds: number,
): Promise<boolean> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() >= deadline) return false;
    await sleep(200);
  }
  return true;
}
