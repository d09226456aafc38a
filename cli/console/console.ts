import type Docker from "dockerode";
import { consoleCommand } from "../../sdk/plan/consoleCommand";
import { bounded } from "../../sdk/preflight/bounded";
import { exec } from "../../sdk/reload/exec";
import { logFrames } from "../../sdk/reload/logFrames";
import { readCluster } from "../../sdk/swarm/cluster";
import { reachEngine } from "../engine/connection";
import { farmContainers, type FarmContainer } from "../engine/farmContainers";
import { farmTasks } from "../engine/farmTasks";
import type { EngineOptions } from "../engine/settings";
import { CommandError, exitCodes } from "../exitCodes";
import { filterOf, oneFarm } from "../filter";
import type { Io } from "../io";
import { execSession, onTerminal, runSession } from "./session";
import { elsewhere, swarmConsole } from "./swarmConsole";

/** Options of `webfarm console`. */
export interface ConsoleOptions extends EngineOptions {
  json?: boolean;
  /** A replica instead of the console. */
  replica?: string;
}

/** How long a command may take that runs without a terminal. */
const limitSeconds = 600;

/**
 * `webfarm console`: a shell, or a command, in a farm's console or one of its replicas.
 *
 * @returns the exit code of what ran there
 */
export async function openConsole(
  farm: string | undefined,
  command: readonly string[],
  options: ConsoleOptions,
  io: Io,
): Promise<number> {
  const engine = await reachEngine(options, io.note);
  const filter = filterOf(farm, options);
  const cluster = await readCluster(engine.docker);
  const tasks = farmTasks(cluster, filter);
  const containers = oneFarm([...(await farmContainers(engine.docker, filter)), ...tasks], farm);
  const { shell } = engine.traits;
  const run = command.length === 0 ? [shell] : [...command];
  const [first] = containers;
  if (options.replica === undefined && first?.task !== undefined) {
    const made = await swarmConsole(engine, cluster, first);
    if (options.json === true) {
      const { stack, farm } = first;
      io.out(JSON.stringify({ stack, farm, orchestrator: "swarm", command: made.command }, undefined, 2));
      return exitCodes.ok;
    }
    const [Entrypoint, ...Cmd] = run;
    const HostConfig = { NetworkMode: made.network };
    const container = { Image: made.image, Entrypoint: [Entrypoint ?? shell], Cmd, HostConfig };
    if (hasTerminal(io)) return onTerminal(await runSession(engine.docker, container));
    if (command.length === 0) throw needsTerminal(first.farm, shell);
    return runOnce(engine.docker, container, io);
  }
  const container = containerFor(containers, options);
  if (options.json === true) {
    const { name, id, stack, replica, task } = container;
    const target = task === undefined ? name : id.slice(0, 12);
    const line = consoleCommand(target, run.join(" "), task === undefined ? engine.host : "");
    const node = task === undefined ? {} : { node: task.node };
    const farm = container.farm;
    io.out(JSON.stringify({ stack, farm, replica, container: name, ...node, command: line }, undefined, 2));
    return exitCodes.ok;
  }
  if (container.task !== undefined && !(await isHere(engine.docker, container.id))) {
    throw elsewhere(container, shell);
  }
  if (hasTerminal(io)) return onTerminal(await execSession(engine.docker, container.id, run));
  if (command.length === 0) throw needsTerminal(container.farm, shell);
  const found = engine.docker.getContainer(container.id);
  const { exitCode } = await exec(found, run, { timeoutSeconds: limitSeconds, onLine: io.out });
  return exitCode;
}

const hasTerminal = (io: Io) => io.terminal && process.stdin.isTTY;

function needsTerminal(farm: string, shell: string): CommandError {
  return new CommandError(
    "a shell needs a terminal",
    `give a command: webfarm console ${farm} -- ${shell} ...`,
    exitCodes.usage,
  );
}

/** Whether a task's container is on this engine. */
async function isHere(docker: Docker, id: string): Promise<boolean> {
  const found = await bounded(docker.listContainers({ filters: { id: [id] } }), 15);
  return found.length > 0;
}

function containerFor(
  containers: readonly FarmContainer[],
  { replica = "console" }: ConsoleOptions,
): FarmContainer {
  // While a roll is under way, a replica is there twice; the newer one is the one in question.
  const found = containers
    .filter((container) => container.replica === replica && container.state === "running")
    .sort((a, b) => b.created - a.created)[0];
  if (found !== undefined) return found;
  const running = containers.filter(({ state }) => state === "running").map((container) => container.replica);
  throw new CommandError(
    replica === "console" ? "the farm has no console that runs" : `there is no ${replica} that runs`,
    `choose one with --replica: ${[...new Set(running)].join(", ") || "none runs"}`,
    exitCodes.found,
  );
}

/** Runs a command in a container of its own to its end; it is removed in any case. */
async function runOnce(docker: Docker, options: Docker.ContainerCreateOptions, io: Io): Promise<number> {
  const container = await docker.createContainer(options);
  try {
    await container.start();
    const { StatusCode } = (await bounded(container.wait(), limitSeconds)) as { StatusCode: number };
    const raw = await bounded(container.logs({ stdout: true, stderr: true }), 60);
    const text = Buffer.concat((logFrames(raw) ?? []).map(({ content }) => content)).toString("utf8");
    if (text !== "") io.out(text.trimEnd());
    return StatusCode;
  } finally {
    await container.remove({ force: true, v: true });
  }
}
