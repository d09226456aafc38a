import type Docker from "dockerode";
import { bounded } from "../../sdk/preflight/bounded";
import { reachEngine } from "../engine/connection";
import { farmContainers, type FarmContainer } from "../engine/farmContainers";
import { failedTasks, farmTasks } from "../engine/farmTasks";
import type { EngineOptions } from "../engine/settings";
import { CommandError, exitCodes, type ExitCode } from "../exitCodes";
import { filterOf, noSuchFarm } from "../filter";
import type { Io } from "../io";
import { readCluster } from "../../sdk/swarm/cluster";
import { follow, logSource, type LogOf } from "./follow";
import { logLines, type LogLine } from "./lines";

/** Options of `webfarm logs`. */
export interface LogsOptions extends EngineOptions {
  json?: boolean;
  /** Only these apps; `proxy` and `console` are some. */
  app?: string[];
  /** Only these replicas. */
  replica?: string[];
  /** Last lines of each container. */
  tail: number;
  /** Not before, in seconds since 1970. */
  since?: number;
  follow?: boolean;
  timestamps?: boolean;
}

/** How often `--follow` looks for containers that have come. */
const lookSeconds = 2;

/** `webfarm logs`: what the containers of farms printed, in the order of time. */
export async function logs(farm: string | undefined, options: LogsOptions, io: Io): Promise<ExitCode> {
  const { docker } = await reachEngine(options, io.note);
  const find = async () => {
    const filter = filterOf(farm, options);
    const cluster = await readCluster(docker);
    // A task that no node has, or whose image is still pulled, has printed nothing.
    const tasks = [...failedTasks(cluster, filter), ...farmTasks(cluster, filter)].filter(
      ({ id }) => id !== "",
    );
    const all = [...(await farmContainers(docker, filter)), ...tasks];
    if (all.length === 0 && farm !== undefined) throw noSuchFarm(farm);
    return all.filter((container) => isMeant(container, options));
  };
  const containers = await find();
  if (containers.length === 0) {
    throw new CommandError(
      "no container of a farm is meant",
      "webfarm status lists apps and replicas",
      exitCodes.found,
    );
  }
  const print = printer(containers, options, io);
  const printed = await printMerged(docker, containers, options, print);
  return options.follow === true ? followAll(docker, find, printed, print) : exitCodes.ok;
}

/** Prints what is there by now, in the order of time, and tells each container's last time. */
async function printMerged(
  docker: Docker,
  containers: readonly FarmContainer[],
  options: LogsOptions,
  print: Print,
): Promise<Map<string, string>> {
  const read = await Promise.all(containers.map((container) => linesOf(docker, container, options)));
  const printed = new Map(containers.map(({ id }) => [id, ""]));
  const byTime = read.flat().sort((a, b) => compare(a.line.time, b.line.time));
  for (const { container, line } of byTime) {
    print(container, line);
    printed.set(container.id, line.time);
  }
  return printed;
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function isMeant({ service, replica }: FarmContainer, { app, replica: replicas }: LogsOptions): boolean {
  if (app === undefined && replicas === undefined) return true;
  return (app?.includes(service) ?? false) || (replicas?.includes(replica) ?? false);
}

/** Whose log a container's is: on a swarm the task's, which the manager gives from any node. */
function logOf({ id, task }: FarmContainer): LogOf {
  return task === undefined ? { container: id } : { task: task.id };
}

type Print = (container: FarmContainer, line: LogLine) => void;

/** Each replica has a colour of its own, where there are colours. */
function printer(containers: readonly FarmContainer[], { json, timestamps }: LogsOptions, io: Io): Print {
  const { cyan, green, yellow, magenta, blue } = io.colours;
  const colours = [cyan, green, yellow, magenta, blue];
  const given = new Map<string, (text: string) => string>();
  const several = new Set(containers.map(({ stack, farm }) => `${stack} ${farm}`)).size > 1;
  const nameOf = ({ farm, replica }: FarmContainer) => (several ? `${farm}/${replica}` : replica);
  const width = Math.max(...containers.map((container) => nameOf(container).length));
  return (container, { time, stream, line }) => {
    const { stack, farm, service, replica, name, task } = container;
    if (json === true) {
      const node = task === undefined ? {} : { node: task.node };
      io.out(JSON.stringify({ time, stack, farm, service, replica, container: name, ...node, stream, line }));
      return;
    }
    const colour = given.get(name) ?? colours[given.size % colours.length] ?? cyan;
    given.set(name, colour);
    const label = colour(`${nameOf(container).padEnd(width)} |`);
    io.out(timestamps === true ? `${label} ${time} ${line}` : `${label} ${line}`);
  };
}

/** Options of the engine for a container's log. */
const query = ({ tail, since }: LogsOptions) => ({
  stdout: true,
  stderr: true,
  timestamps: true,
  tail,
  ...(since === undefined ? {} : { since }),
});

async function linesOf(docker: Docker, container: FarmContainer, options: LogsOptions) {
  const raw = await bounded(
    logSource(docker, logOf(container)).logs({ ...query(options), follow: false }),
    60,
  );
  return logLines(raw).map((line) => ({ container, line }));
}

/**
 * Goes on until Ctrl-C; containers that come later, in a roll, are followed from their start.
 *
 * @param printed the time of each container's last line that is printed already; empty when there was none
 */
async function followAll(
  docker: Docker,
  find: () => Promise<FarmContainer[]>,
  printed: ReadonlyMap<string, string>,
  print: Print,
): Promise<never> {
  const followed = new Set<string>();
  let failure = undefined as Error | undefined;
  while (failure === undefined) {
    for (const container of await find()) {
      if (followed.has(container.id)) continue;
      followed.add(container.id);
      // Not waited for: the engine's answer may begin only with the container's next line.
      printBehind(docker, container, printed.get(container.id), print).catch((error: unknown) => {
        // What went meanwhile has printed all that it will.
        if ((error as { statusCode?: number }).statusCode !== 404) failure = error as Error;
      });
    }
    await new Promise((resolve) => setTimeout(resolve, lookSeconds * 1000));
  }
  throw failure;
}

/** Prints each line behind a time, as it comes: all of them without one, only new ones when it is empty. */
async function printBehind(
  docker: Docker,
  container: FarmContainer,
  behind: string | undefined,
  print: Print,
): Promise<void> {
  const from =
    behind === undefined
      ? {}
      : behind === ""
        ? { tail: 0 }
        : { since: Math.floor(Date.parse(behind) / 1000) };
  await follow(docker, logOf(container), from, (line) => {
    // The engine takes whole seconds, and tells the last ones again.
    if (line.time > (behind ?? "")) print(container, line);
  });
}
