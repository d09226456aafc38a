import type Dockerode from "dockerode";
import { formatDuration, parseDuration } from "../container/duration";
import { engineCall, ProviderError } from "../errors";
import { poll } from "../timing";
import { type PropertyMap, isObject, number, objects, text, type Value } from "../values";

/** How often is looked, and for how long. */
export interface ConvergeConfig {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

const NANOSECONDS_IN_MILLISECOND = 1e6;
const LEAST_INTERVAL_MS = 100;

export function convergeConfig(value: Value | undefined): ConvergeConfig | undefined {
  if (!isObject(value)) return undefined;
  const milliseconds = (name: string): number =>
    (parseDuration(text(value[name])) ?? 0) / NANOSECONDS_IN_MILLISECOND;
  return {
    intervalMs: Math.max(milliseconds("delay"), LEAST_INTERVAL_MS),
    timeoutMs: milliseconds("timeout"),
  };
}

/** The state of a service and its tasks at one moment, as far as convergence goes by it. */
export interface Moment {
  readonly updateState: string;
  readonly updateMessage: string;
  readonly replicas: number;
  /** Slots with a running task that is meant to run, on nodes that are not down. */
  readonly running: number;
  /** Whether this update changes the tasks, so that the swarm reports its end. */
  readonly isRollout: boolean;
}

/** True: as asked for. False: not yet. Throws, in the official plugin's words, when it never will. */
export function hasConverged(moment: Moment): boolean {
  const { updateState, updateMessage, replicas, running, isRollout } = moment;
  switch (updateState) {
    case "completed":
      return running === replicas;
    case "rollback_completed":
      throw new ProviderError(`service rollback completed: ${updateMessage}`);
    case "paused":
      throw new ProviderError(`service update paused: ${updateMessage}`);
    case "rollback_paused":
      throw new ProviderError(`service rollback paused: ${updateMessage}`);
    case "":
      return running === replicas && (!isRollout || replicas === 0);
    default:
      return false;
  }
}

/** Waits until the service is as asked for; fails when it is not in time or the swarm gave up. */
export async function converge(
  docker: Dockerode,
  id: string,
  isRollout: boolean,
  { intervalMs, timeoutMs }: ConvergeConfig,
  signal: AbortSignal,
): Promise<void> {
  const look = async (): Promise<true | undefined> =>
    hasConverged(await observe(docker, id, isRollout)) ? true : undefined;
  if (await poll(look, { intervalMs, timeoutMs, signal })) return;
  const limit = formatDuration(timeoutMs * NANOSECONDS_IN_MILLISECOND);
  throw new ProviderError(`Service with ID (${id}) did not converge after ${limit}`);
}

async function observe(docker: Dockerode, id: string, isRollout: boolean): Promise<Moment> {
  const filters = JSON.stringify({ service: [id], "desired-state": ["running"] });
  const [service, tasks, nodes] = await Promise.all([
    engineCall("Unable to inspect service", docker.getService(id).inspect() as Promise<PropertyMap>),
    engineCall("Unable to list tasks", docker.listTasks({ filters }) as Promise<unknown> as Promise<Value>),
    engineCall("Unable to list nodes", docker.listNodes() as Promise<unknown> as Promise<Value>),
  ]);
  const part = (value: Value | undefined): PropertyMap => (isObject(value) ? value : {});
  const up = new Set(
    objects(nodes)
      .filter((node) => part(node.Status).State !== "down")
      .map((node) => text(node.ID)),
  );
  const running = objects(tasks).filter(
    (task) => part(task.Status).State === "running" && up.has(text(task.NodeID)),
  );
  const status = part(service.UpdateStatus);
  return {
    updateState: text(status.State),
    updateMessage: text(status.Message),
    replicas: number(part(part(part(service.Spec).Mode).Replicated).Replicas),
    running: new Set(running.map((task) => number(task.Slot))).size,
    isRollout,
  };
}
