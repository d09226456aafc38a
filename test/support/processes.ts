import { readdirSync, readFileSync } from "node:fs";

/** A running process. */
export interface RunningProcess {
  pid: number;
  command: string;
}

/** All processes that one has started, and those that these have. */
export function descendantsOf(root: number): RunningProcess[] {
  const all = processes();
  const found: (RunningProcess & { parent: number })[] = [];
  let parents = new Set([root]);
  while (parents.size > 0) {
    const children = all.filter(({ parent }) => parents.has(parent));
    found.push(...children);
    parents = new Set(children.map(({ pid }) => pid));
  }
  return found;
}

/** The processes that work for a directory: it is in their environment or on their command line. */
export function processesOf(directory: string): RunningProcess[] {
  return processes().filter(
    ({ pid, command }) =>
      pid !== process.pid &&
      (command.includes(directory) || textOf(`/proc/${pid}/environ`).includes(directory)),
  );
}

function processes(): (RunningProcess & { parent: number })[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map((entry) => ({
      pid: Number(entry),
      parent: Number(/^PPid:\s*(\d+)/m.exec(textOf(`/proc/${entry}/status`))?.[1] ?? 0),
      command: textOf(`/proc/${entry}/cmdline`).replaceAll("\0", " ").trim(),
    }))
    .filter(({ command }) => command !== "");
}

/** Empty when the process is gone. */
function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
