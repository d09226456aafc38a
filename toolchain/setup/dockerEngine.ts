import { existsSync } from "node:fs";
import { probe, type EngineFacts } from "./dockerClient";
import { chosenEndpoint, defaultEndpoint, isLocal, type DockerEndpoint } from "./dockerContext";
import { canHaveEnginePrograms } from "./enginePrograms";
import { daemonSockets, otherDaemons } from "./engineProcesses";
import { SetupError } from "./errors";
import { readTextIfPresent } from "./files";
import type { ProjectPaths } from "./paths";
import { runningPrivateEngine, startPrivateEngine } from "./privateEngine";
import type { StepReport } from "./progress";

/** The Docker engine that the farm goes to. */
export interface DockerEngine extends EngineFacts {
  endpoint: DockerEndpoint;
  isLocal: boolean;
  /** Set when this clone's own daemon is the engine; `startedNow` when this very command started it. */
  privateEngine?: { startedNow: boolean };
}

function describe(engine: DockerEngine): string {
  const { endpoint, version, os } = engine;
  return `${version} (${os}) at ${endpoint.host}, ${endpoint.origin}`;
}

/** Finds the engine: the user's choice, ours if it runs, the default one, any other here; else starts ours. */
export async function findDockerEngine(paths: ProjectPaths, report: StepReport): Promise<DockerEngine> {
  const engine = await findOrStart(paths, report);
  report.result(describe(engine));
  return engine;
}

async function findOrStart(paths: ProjectPaths, report: StepReport): Promise<DockerEngine> {
  const chosen = chosenEndpoint(process.env, readTextIfPresent);
  if (chosen !== undefined) return answering(chosen);

  const ours = process.platform === "linux" ? await runningPrivateEngine(paths) : undefined;
  if (ours !== undefined) return { ...(await answering(ours)), privateEngine: { startedNow: false } };

  const byDefault = defaultEndpoint(process.platform);
  const { facts, failure } = await probe(byDefault);
  if (facts !== undefined) return { ...facts, endpoint: byDefault, isLocal: true };

  if (!canStartPrivateEngine()) throw noEngineError(byDefault, failure);
  const other = await otherEngine(paths);
  if (other !== undefined) return other;
  const started = await startPrivateEngine(paths, report);
  return { ...(await answering(started)), privateEngine: { startedNow: true } };
}

async function answering(endpoint: DockerEndpoint): Promise<DockerEngine> {
  const { facts, failure } = await probe(endpoint);
  if (facts !== undefined) return { ...facts, endpoint, isLocal: isLocal(endpoint) };
  throw new SetupError(
    `no Docker engine answers at ${endpoint.host} (${endpoint.origin}): ${failure}`,
    `Start that engine, or choose another one: correct or remove ${endpoint.origin}. No other engine is taken instead of one that was chosen.`,
  );
}

function canStartPrivateEngine(): boolean {
  return process.platform === "linux" && process.getuid?.() === 0 && canHaveEnginePrograms();
}

/** What to do when there is no engine and none can be started. */
export function noEngineError(
  endpoint: DockerEndpoint,
  failure: string,
  platform: NodeJS.Platform = process.platform,
): SetupError {
  const socket = endpoint.host.replace("unix://", "");
  if (/EACCES|permission denied/i.test(failure)) {
    return new SetupError(
      `this user may not use the Docker engine at ${endpoint.host}: ${failure}`,
      "Run `sudo usermod -aG docker $USER`, log in again, and run the same command again; or run it as root.",
    );
  }
  const state = platform !== "win32" && existsSync(socket) ? `, although ${socket} exists` : "";
  const install =
    platform === "linux"
      ? "Install Docker (on Debian or Ubuntu `apt-get install docker.io`), or run this as root on Debian, where it starts a private engine by itself"
      : "Install Docker and start it";
  return new SetupError(
    `no Docker engine answers at ${endpoint.host}${state}: ${failure}`,
    `${install}; or set DOCKER_HOST to the address of an engine; then run the same command again.`,
  );
}

/**
 * Two daemons in one network overwrite each other's firewall rules. So where another one runs, on
 * whatever socket, it is used; ours is not started beside it.
 */
async function otherEngine(paths: ProjectPaths): Promise<DockerEngine | undefined> {
  const daemon = otherDaemons(paths.engine)[0];
  if (daemon === undefined) return undefined;
  for (const host of daemonSockets(daemon.args)) {
    const endpoint = { host, verifyTls: false, origin: `the daemon that runs here as process ${daemon.pid}` };
    const { facts } = await probe(endpoint);
    if (facts !== undefined) return { ...facts, endpoint, isLocal: true };
  }
  throw new SetupError(
    `a Docker daemon runs here (process ${daemon.pid}: ${daemon.args.join(" ")}) but does not answer`,
    "Set DOCKER_HOST to the address where it answers, or end it; a second one beside it would break its networks.",
  );
}
