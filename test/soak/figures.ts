import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { processesOf } from "../support/processes";
import type { SoakFarm } from "./soakFarm";

/** What must not grow from one equal state of the farm to another. Memory in MiB. */
export interface Figures {
  containers: number;
  networks: number;
  volumes: number;
  engineProcesses: number;
  engineHandles: number;
  engineMemory: number;
  proxyFiles: number;
  proxyProcesses: number;
  proxyHandles: number;
  proxyMemory: number;
  clientHandles: number;
  clientMemory: number;
  stateBytes: number;
}

/** By how much each may be more than it was: nothing where things are counted, some where caches breathe. */
export const slack: Record<keyof Figures, { title: string; more: number }> = {
  containers: { title: "containers", more: 0 },
  networks: { title: "networks", more: 0 },
  volumes: { title: "volumes", more: 0 },
  engineProcesses: { title: "engine: processes", more: 0 },
  engineHandles: { title: "engine: open files", more: 8 },
  engineMemory: { title: "engine: memory, MiB", more: 64 },
  proxyFiles: { title: "proxy: files of its own", more: 0 },
  proxyProcesses: { title: "proxy: nginx processes", more: 0 },
  proxyHandles: { title: "proxy: open files", more: 4 },
  proxyMemory: { title: "proxy: memory, MiB", more: 8 },
  clientHandles: { title: "engine client: open files", more: 2 },
  clientMemory: { title: "engine client: heap, MiB", more: 24 },
  stateBytes: { title: "state, bytes", more: 64 },
};

/** `title: before -> now` of everything that has grown by more than its slack. */
export function growth(before: Figures, now: Figures): string[] {
  return (Object.keys(slack) as (keyof Figures)[])
    .filter((key) => now[key] > before[key] + slack[key].more)
    .map((key) => `${slack[key].title}: ${rounded(before[key])} -> ${rounded(now[key])}`);
}

export function rounded(figure: number): string {
  return Number.isInteger(figure) ? String(figure) : figure.toFixed(1);
}

/** Measures a farm that nobody asks and nobody changes. */
export async function measure(farm: SoakFarm): Promise<Figures> {
  const { docker } = farm.engine;
  // New workers: what old ones keep open for a while is no leak.
  await farm.inProxy("sh", "/webfarm/reload.sh");
  const engine = await settled(() => engineFigures(farm.engine.directory));
  const proxy = await settled(async () => proxyFigures(await farm.inProxy("sh", "-c", proxyScript)));
  const { stdout } = await farm.web.expect("stack", "export");
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    docker.listContainers({ all: true }),
    docker.listNetworks(),
    docker.listVolumes(),
  ]);
  const client = await settled(() => Promise.resolve({ clientHandles: handlesOf("self") }));
  collectGarbage();
  return {
    containers: containers.length,
    networks: networks.length,
    volumes: volumes.length,
    ...engine,
    ...proxy,
    ...client,
    clientMemory: process.memoryUsage().heapUsed / 2 ** 20,
    stateBytes: stdout.length,
  };
}

const looks = 8;

/** The least of each figure in some looks: connections that end and health checks that run are no leak. */
async function settled<T extends Partial<Figures>>(look: () => Promise<T>): Promise<T> {
  let least = await look();
  for (let count = 1; count < looks; count++) {
    await sleep(250);
    const now = await look();
    const entries = Object.entries(least) as [keyof Figures, number][];
    least = Object.fromEntries(entries.map(([key, value]) => [key, Math.min(value, now[key] ?? value)])) as T;
  }
  return least;
}

/** Of the daemon, containerd and their helpers. */
function engineFigures(directory: string) {
  const pids = processesOf(directory).map(({ pid }) => String(pid));
  const sum = (of: (pid: string) => number) => pids.map(of).reduce((total, value) => total + value, 0);
  return Promise.resolve({
    engineProcesses: pids.length,
    engineHandles: sum(handlesOf),
    engineMemory: sum((pid) => residentKb(textOf(`/proc/${pid}/status`))) / 1024,
  });
}

function handlesOf(pid: string): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 0;
  }
}

function residentKb(status: string): number {
  return Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? 0);
}

/** Empty when the process is gone. */
function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** The files in the proxy's directory, then KiB and open files of each nginx process. */
const proxyScript = `ls /webfarm | wc -l
grep -l -s 'nginx: [mw]' /proc/[0-9]*/cmdline | while read -r file; do
  process=\${file%/cmdline}
  echo $(sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\).*/\\1/p' $process/status) $(ls $process/fd | wc -l)
done`;

function proxyFigures([files, ...processes]: string[]) {
  const column = (index: number) =>
    processes.reduce((total, line) => total + Number(line.split(" ")[index] ?? 0), 0);
  return {
    proxyFiles: Number(files),
    proxyProcesses: processes.length,
    proxyHandles: column(1),
    proxyMemory: column(0) / 1024,
  };
}

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}
