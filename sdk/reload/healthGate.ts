import type Docker from "dockerode";
import { bounded } from "../preflight/bounded";
import { EarlyChecks } from "./earlyChecks";
import { logLines } from "./logFrames";

/** What the gate knows of a replica; `tolerated` is one that runs, is not healthy, and was there before. */
export type ReplicaState =
  { verdict: "healthy" } | { verdict: "waiting" | "failed" | "tolerated"; reason: string };

/** How long a container without a health check must have run to count as healthy. */
const settleSeconds = 1;

/** The same after many restarts: as long as a run must last for the engine to take it for a good one. */
const longSettleSeconds = 10;

/** Restarts that an app may need until what it depends on is there. */
const restartLimit = 3;

/** What the gate itself has seen of a container; the engine's clock may be wrong, so its times are not used. */
export interface Observation {
  /** Restarts when the gate first looked: what happened in an old container's life before is no sign. */
  restartsBefore: number;
  /** Seconds that it has run since the gate first saw this start of it. */
  runningSeconds: number;
}

/** Judges one container from what the engine says of it. Pure. */
export function judge(inspection: Docker.ContainerInspectInfo, seen: Observation): ReplicaState {
  const { State: state, RestartCount: restarts } = inspection;
  if (state.Dead || state.Status === "exited") {
    return { verdict: "failed", reason: `exited with code ${state.ExitCode}` };
  }
  const manyRestarts = restarts >= restartLimit;
  if (manyRestarts && restarts > seen.restartsBefore) {
    return { verdict: "failed", reason: `restarted ${restarts} times` };
  }
  if (!state.Running || state.Restarting) return { verdict: "waiting", reason: state.Status };
  if (state.Health === undefined) {
    const isSettled = seen.runningSeconds >= (manyRestarts ? longSettleSeconds : settleSeconds);
    return isSettled ? { verdict: "healthy" } : { verdict: "waiting", reason: "just started" };
  }
  if (state.Health.Status === "healthy") return { verdict: "healthy" };
  const last = state.Health.Log.at(-1);
  const reason =
    last === undefined ? "no check yet" : `last check ended with ${last.ExitCode}: ${last.Output.trim()}`;
  return { verdict: state.Health.Status === "unhealthy" ? "failed" : "waiting", reason };
}

/** A replica that the gate waits for. */
export interface GatedReplica {
  name: string;
  containerName: string;
  /**
   * True when it passed the gate of an earlier `up`. If it is sick now, that is no reason to refuse the others,
   * which may be the cure; it must only run, as names of containers that do not run have no address.
   */
  passedBefore?: boolean;
}

/** Options of {@link waitUntilHealthy}. */
export interface GateOptions {
  service: string;
  deadlineSeconds: number;
  log: (line: string) => void;
  /** Told of each replica that was there before and is not healthy. */
  warn: (line: string) => void;
}

/**
 * Waits until every new replica is healthy, side by side, and ends early when one is beyond hope.
 *
 * @throws Error naming every replica that is not healthy, each with the reason and its last log lines
 */
export async function waitUntilHealthy(
  engine: Docker,
  replicas: readonly GatedReplica[],
  options: GateOptions,
): Promise<void> {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const look = observer(engine, seconds);
  let waiting = [...replicas];
  let nextReport = 10;
  let sick = 0;
  for (;;) {
    const states = await Promise.all(
      waiting.map(async (replica) => ({ replica, state: await look(replica) })),
    );
    const failed = states.filter(({ state }) => state.verdict === "failed");
    if (failed.length > 0) throw await gateError(engine, failed, options, `after ${seconds().toFixed(1)} s`);

    for (const { replica, state } of states) {
      if (state.verdict !== "tolerated") continue;
      sick++;
      options.warn(
        `${options.service}: ${replica.name} (${replica.containerName}) was there before and is not healthy: ${state.reason}`,
      );
    }
    const late = states.filter(({ state }) => state.verdict === "waiting");
    waiting = late.map(({ replica }) => replica);
    if (waiting.length === 0) {
      options.log(
        `${options.service}: ${replicas.length - sick} of ${replicas.length} healthy after ${seconds().toFixed(1)} s`,
      );
      return;
    }
    if (seconds() >= options.deadlineSeconds) {
      throw await gateError(engine, late, options, `within ${options.deadlineSeconds} s`);
    }
    if (seconds() >= nextReport) {
      options.log(
        `${options.service}: waiting for ${waiting.map(({ name }) => name).join(", ")}, ${nextReport} s so far`,
      );
      nextReport += 10;
    }
    // Every look is a request for each replica; a large service is looked at less often.
    await new Promise((resolve) => setTimeout(resolve, Math.max(100, waiting.length * 5)));
  }
}

/** Looks at a replica and remembers what it saw of it before. */
function observer(engine: Docker, seconds: () => number): (replica: GatedReplica) => Promise<ReplicaState> {
  const first = new Map<string, { restarts: number; start: string; at: number }>();
  const early = new EarlyChecks(engine);
  return async ({ containerName, passedBefore = false }) => {
    try {
      const inspection = await bounded(engine.getContainer(containerName).inspect());
      const { State: state, RestartCount: restarts } = inspection;
      const before = first.get(containerName);
      const at = before?.start === state.StartedAt ? before.at : seconds();
      const restartsBefore = before?.restarts ?? restarts;
      first.set(containerName, { restarts: restartsBefore, start: state.StartedAt, at });
      const verdict = judge(inspection, { restartsBefore, runningSeconds: seconds() - at });
      if (passedBefore && verdict.verdict !== "healthy" && state.Running) {
        return { verdict: "tolerated", reason: state.Paused ? "paused" : verdict.reason };
      }
      const isStarting =
        verdict.verdict === "waiting" && state.Running && state.Health?.Status === "starting";
      return isStarting && early.hasPassed(containerName, inspection) ? { verdict: "healthy" } : verdict;
    } catch (error) {
      if ((error as { statusCode?: number }).statusCode === 404) {
        return { verdict: "failed", reason: "the container is gone; run pulumi refresh, then pulumi up" };
      }
      throw error;
    }
  };
}

async function gateError(
  engine: Docker,
  unhealthy: readonly { replica: GatedReplica; state: ReplicaState }[],
  { service }: GateOptions,
  when: string,
): Promise<Error> {
  const reports = await Promise.all(
    unhealthy.map(async ({ replica, state }) => {
      const reason = state.verdict === "healthy" ? "" : state.reason;
      const lines = await lastLogLines(engine, replica);
      const shown =
        lines.length === 0 ? "      (it printed nothing)" : lines.map((line) => `      | ${line}`).join("\n");
      return `  - ${replica.name} (${replica.containerName}): ${reason}\n${shown}`;
    }),
  );
  return new Error(
    [
      `${service}: ${unhealthy.length === 1 ? "a replica is" : `${unhealthy.length} replicas are`} not healthy ${when}.`,
      ...reports,
      "  What served before still serves. Mend the image or its settings and run pulumi up again.",
    ].join("\n"),
  );
}

async function lastLogLines(engine: Docker, replica: GatedReplica): Promise<string[]> {
  try {
    const container = engine.getContainer(replica.containerName);
    const raw = await bounded(container.logs({ stdout: true, stderr: true, tail: 10 }));
    return logLines(raw);
  } catch {
    // The container may be gone meanwhile; the reason above stands without its log.
    return [];
  }
}
