import type Docker from "dockerode";
import { bounded } from "../preflight/bounded";
import { EarlyChecks } from "./earlyChecks";
import { logFrames } from "./logFrames";

/** What the gate knows of a replica. */
export type ReplicaState =
  { verdict: "healthy" } | { verdict: "waiting"; reason: string } | { verdict: "failed"; reason: string };

/** How long a container without a health check must have run to count as healthy. */
const settleSeconds = 1;

/** Judges one container from what the engine says of it. Pure. */
export function judge(inspection: Docker.ContainerInspectInfo, now: Date): ReplicaState {
  const { State: state, RestartCount: restarts } = inspection;
  if (state.Dead || state.Status === "exited") {
    return { verdict: "failed", reason: `exited with code ${state.ExitCode}` };
  }
  if (restarts >= 3) return { verdict: "failed", reason: `restarted ${restarts} times` };
  if (!state.Running || state.Restarting) return { verdict: "waiting", reason: state.Status };
  if (state.Health === undefined) {
    const runningSeconds = (now.getTime() - Date.parse(state.StartedAt)) / 1000;
    // A negative time means that the engine's clock is ahead of ours: then it cannot be judged by time.
    if (runningSeconds < 0 || runningSeconds >= settleSeconds) return { verdict: "healthy" };
    return { verdict: "waiting", reason: "just started" };
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
}

/** Options of {@link waitUntilHealthy}. */
export interface GateOptions {
  service: string;
  deadlineSeconds: number;
  log: (line: string) => void;
}

/**
 * Waits until every replica is healthy, side by side, and ends early when one is beyond hope.
 *
 * @throws Error naming every replica that is not healthy, each with the reason and its last log lines
 */
export async function waitUntilHealthy(
  engine: Docker,
  replicas: readonly GatedReplica[],
  options: GateOptions,
): Promise<void> {
  const started = Date.now();
  const early = new EarlyChecks(engine);
  const seconds = () => (Date.now() - started) / 1000;
  let waiting = [...replicas];
  let nextReport = 10;
  for (;;) {
    const states = await Promise.all(
      waiting.map(async (replica) => ({ replica, state: await stateOf(engine, replica, early) })),
    );
    const failed = states.filter(({ state }) => state.verdict === "failed");
    if (failed.length > 0) throw await gateError(engine, failed, options, `after ${seconds().toFixed(1)} s`);

    const late = states.filter(({ state }) => state.verdict === "waiting");
    waiting = late.map(({ replica }) => replica);
    if (waiting.length === 0) {
      options.log(
        `${options.service}: ${replicas.length} of ${replicas.length} healthy after ${seconds().toFixed(1)} s`,
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

async function stateOf(
  engine: Docker,
  { containerName }: GatedReplica,
  early: EarlyChecks,
): Promise<ReplicaState> {
  try {
    const inspection = await bounded(engine.getContainer(containerName).inspect());
    const state = judge(inspection, new Date());
    const isStarting = inspection.State.Running && inspection.State.Health?.Status === "starting";
    return isStarting && early.hasPassed(containerName, inspection) ? { verdict: "healthy" } : state;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) {
      return { verdict: "failed", reason: "the container is gone; run pulumi refresh, then pulumi up" };
    }
    throw error;
  }
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
    const parts = logFrames(raw)?.map(({ content }) => content) ?? [raw];
    return Buffer.concat(parts)
      .toString("utf8")
      .split("\n")
      .map((line) => line.trimEnd())
      .filter((line) => line !== "");
  } catch {
    // The container may be gone meanwhile; the reason above stands without its log.
    return [];
  }
}
