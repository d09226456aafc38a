import { createHash } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { probe } from "./dockerClient";
import type { DockerEndpoint } from "./dockerContext";
import { findEnginePrograms, type EnginePrograms } from "./enginePrograms";
import { endProcesses, engineProcesses, processOf, waitUntil, type Process } from "./engineProcesses";
import { SetupError } from "./errors";
import { readTextIfPresent } from "./files";
import { noteHostNetwork, restoreHostNetwork } from "./hostNetwork";
import type { ProjectPaths } from "./paths";
import { lastLines, run } from "./process";
import type { StepReport } from "./progress";

const START_SECONDS = 90;
const STOP_SECONDS = 60;
const LEFTOVER_SECONDS = 15;
/** Addresses of Unix sockets hold 107 bytes; containerd's sockets lie this deep in the engine's folder. */
const LONGEST_ENGINE_PATH = 107 - "/exec/containerd/containerd-debug.sock.ttrpc".length;

/** The folders of a Docker daemon that is this clone's alone. */
export interface EngineLayout {
  /** The engine's folder, by a name short enough for sockets. */
  directory: string;
  /** The link that makes the name short, where one is needed. */
  link?: string;
  data: string;
  exec: string;
  socket: string;
  pidFile: string;
  logFile: string;
  networkNote: string;
}

export function engineLayout(engine: string): EngineLayout {
  const isLong = Buffer.byteLength(engine) > LONGEST_ENGINE_PATH;
  const id = createHash("sha256").update(engine).digest("hex").slice(0, 12);
  // /run belongs to root, who alone runs a private engine, and is empty after a reboot.
  const directory = isLong ? `/run/webfarm-${id}` : engine;
  return {
    directory,
    ...(isLong && { link: directory }),
    data: join(engine, "data"),
    exec: join(directory, "exec"),
    socket: join(directory, "docker.sock"),
    pidFile: join(directory, "dockerd.pid"),
    logFile: join(engine, "dockerd.log"),
    networkNote: join(engine, "host-network.json"),
  };
}

function endpointOf(layout: EngineLayout): DockerEndpoint {
  return { host: `unix://${layout.socket}`, verifyTls: false, origin: "this project's private engine" };
}

/** Our daemon's process id; undefined when the file is left over and the id somebody else's. */
function daemonPid(layout: EngineLayout): number | undefined {
  const pid = Number(readTextIfPresent(layout.pidFile) ?? "0");
  return pid > 0 && processOf(pid, layout.data) !== undefined ? pid : undefined;
}

/** Whether an engine of this clone has been started once and not been destroyed. */
export function hasPrivateEngine(paths: ProjectPaths): boolean {
  return existsSync(engineLayout(paths.engine).data);
}

/** The endpoint of our daemon when it runs and answers. */
export async function runningPrivateEngine(paths: ProjectPaths): Promise<DockerEndpoint | undefined> {
  const layout = engineLayout(paths.engine);
  if (daemonPid(layout) === undefined) return undefined;
  const answers = await waitUntil(
    async () => (await probe(endpointOf(layout))).facts !== undefined,
    START_SECONDS,
  );
  if (answers) return endpointOf(layout);
  throw new SetupError(
    `this project's Docker engine runs (process ${daemonPid(layout) ?? 0}) but has not answered for ${START_SECONDS} s`,
    `${lastLogLines(layout)}\nEnd it with \`npm run destroy\`, or end that process; then run the same command again.`,
  );
}

function lastLogLines(layout: EngineLayout): string {
  const telling = (readTextIfPresent(layout.logFile) ?? "")
    .split("\n")
    .filter((line) => !/level=info|\[core\]/.test(line));
  return `Last lines of ${layout.logFile}:\n${lastLines(telling, 6)}`;
}

export async function startPrivateEngine(paths: ProjectPaths, report: StepReport): Promise<DockerEndpoint> {
  const layout = engineLayout(paths.engine);
  const programs = await findEnginePrograms(paths, report);
  report.activity("starting a private Docker engine in .webfarm/engine");
  mkdirSync(paths.engine, { recursive: true });
  if (layout.link !== undefined && !existsSync(layout.link)) symlinkSync(paths.engine, layout.link);
  await clearLeftovers(layout);
  await noteHostNetwork(layout.networkNote, programs.env);
  const ended = spawnDaemon(layout, programs);
  let exit: string | undefined;
  void ended.then((how) => (exit = how));
  const endpoint = endpointOf(layout);
  const answers = await waitUntil(
    async () => exit !== undefined || (await probe(endpoint)).facts !== undefined,
    START_SECONDS,
  );
  if (answers && exit === undefined) return endpoint;
  throw new SetupError(
    exit === undefined
      ? `the private Docker engine did not answer within ${START_SECONDS} s`
      : `the private Docker engine ended at once (${exit})`,
    `${lastLogLines(layout)}\n` +
      "Inside a container it needs a privileged one. Else set DOCKER_HOST to an engine that runs, and run the same command again.",
  );
}

/**
 * Takes away what a daemon killed with -9 or a reboot has left. Containers that outlived their daemon
 * would be stopped for good by the next one; ended before, they are started again as after a reboot.
 */
async function clearLeftovers(layout: EngineLayout): Promise<void> {
  const left = (): Process[] => engineProcesses(layout.exec);
  endProcesses(left());
  if (!(await waitUntil(() => left().length === 0, LEFTOVER_SECONDS))) throw leftoverError(layout, left());
  await unmountBelow(layout.exec);
  for (const file of [layout.exec, layout.socket, layout.pidFile])
    rmSync(file, { recursive: true, force: true });
}

function leftoverError(layout: EngineLayout, left: readonly Process[]): SetupError {
  return new SetupError(
    `processes of the private Docker engine do not end: ${left.map(({ pid }) => pid).join(", ")}`,
    `${lastLogLines(layout)}\nEnd them by hand, then run the same command again.`,
  );
}

/** Starts the daemon so that it outlives this program; resolves when it ends. */
function spawnDaemon(layout: EngineLayout, programs: EnginePrograms): Promise<string> {
  const log = openSync(layout.logFile, "w");
  const args = [
    ["--host", `unix://${layout.socket}`],
    ["--data-root", layout.data],
    ["--exec-root", layout.exec],
    ["--pidfile", layout.pidFile],
  ].flat();
  const daemon = spawn(programs.dockerd, args, {
    cwd: "/",
    env: programs.env,
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  daemon.unref();
  return new Promise((resolve) => {
    daemon.on("error", (error) => {
      resolve(error.message);
    });
    daemon.on("exit", (code, signal) => {
      resolve(signal ?? `exit code ${code ?? 0}`);
    });
  });
}

/** Mount points below a directory, the deepest first, from the text of /proc/self/mountinfo. */
export function mountsBelow(mountinfo: string, directory: string): string[] {
  return mountinfo
    .split("\n")
    .map((line) => (line.split(" ")[4] ?? "").replaceAll("\\040", " "))
    .filter((mountPoint) => mountPoint.startsWith(`${directory}/`))
    .sort((left, right) => right.length - left.length);
}

async function unmountBelow(directory: string): Promise<void> {
  for (const mountPoint of mountsBelow(readFileSync("/proc/self/mountinfo", "utf8"), directory)) {
    await run("umount", ["--lazy", mountPoint], { cwd: "/", env: process.env, timeoutSeconds: 20 });
  }
}

/**
 * Ends this clone's daemon and nobody else's, waits until everything of it is gone, and puts the
 * machine's network back. Says whether there was one to end.
 */
export async function stopPrivateEngine(paths: ProjectPaths): Promise<boolean> {
  const layout = engineLayout(paths.engine);
  if (!existsSync(layout.data)) return false;
  const pid = daemonPid(layout);
  if (pid !== undefined) {
    process.kill(pid, "SIGTERM");
    await waitUntil(() => daemonPid(layout) === undefined, STOP_SECONDS);
  }
  await waitUntil(() => engineProcesses(layout.exec).length === 0, pid === undefined ? 0 : LEFTOVER_SECONDS);
  await clearLeftovers(layout);
  await unmountBelow(paths.engine);
  const programs = await findEnginePrograms(paths, silent);
  await restoreHostNetwork(layout.networkNote, programs.env);
  rmSync(layout.networkNote, { force: true });
  if (layout.link !== undefined) rmSync(layout.link, { force: true });
  return pid !== undefined;
}

const silent: StepReport = { activity: () => undefined, detail: () => undefined, result: () => undefined };
