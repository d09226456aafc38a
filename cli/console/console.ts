import { consoleCommand } from "../../sdk/plan/consoleCommand";
import { exec, exitCodeOf } from "../../sdk/reload/exec";
import { reachEngine, type Engine } from "../engine/connection";
import { farmContainers, type FarmContainer } from "../engine/farmContainers";
import type { EngineOptions } from "../engine/settings";
import { CommandError, exitCodes } from "../exitCodes";
import { filterOf, oneFarm } from "../filter";
import type { Io } from "../io";

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
  const containers = oneFarm(await farmContainers(engine.docker, filterOf(farm, options)), farm);
  const container = containerFor(containers, options);
  const shell = engine.traits.shell;
  if (options.json === true) {
    const { name, stack, replica } = container;
    const line = consoleCommand(name, command.length === 0 ? shell : command.join(" "), engine.host);
    io.out(
      JSON.stringify({ stack, farm: container.farm, replica, container: name, command: line }, undefined, 2),
    );
    return exitCodes.ok;
  }
  const run = command.length === 0 ? [shell] : [...command];
  if (io.terminal && process.stdin.isTTY) return interactive(engine, container, run);
  if (command.length === 0) {
    throw new CommandError(
      "a shell needs a terminal",
      `give a command: webfarm console ${container.farm} -- ${shell} ...`,
      exitCodes.usage,
    );
  }
  const found = engine.docker.getContainer(container.id);
  const { exitCode } = await exec(found, run, { timeoutSeconds: limitSeconds, onLine: io.out });
  return exitCode;
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

/** A shell on this terminal: keys go there as they come, its size follows. */
async function interactive({ docker }: Engine, { id }: FarmContainer, command: string[]): Promise<number> {
  const run = await docker.getContainer(id).exec({
    Cmd: command,
    Tty: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  const connection = await run.start({ hijack: true, stdin: true, Tty: true });
  const { stdin, stdout } = process;
  const resize = () => {
    // A size that comes too late is no reason to end.
    run.resize({ h: stdout.rows, w: stdout.columns }).catch(() => undefined);
  };
  resize();
  stdout.on("resize", resize);
  stdin.setRawMode(true);
  stdin.pipe(connection);
  connection.pipe(stdout);
  try {
    await new Promise<void>((resolve, reject) => {
      connection.once("end", resolve).once("close", resolve).once("error", reject);
    });
  } finally {
    stdin.setRawMode(false);
    stdin.unpipe(connection);
    stdin.pause();
    stdout.off("resize", resize);
    connection.destroy();
  }
  return exitCodeOf(run);
}
