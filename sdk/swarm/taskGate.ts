import type { ClusterTask } from "./cluster";

/** What the gate waits for. */
export interface WantedTasks {
  /** Digest of what each task is, as its label has it. */
  spec: string;
  /** How many tasks; undefined for one on each node that fits. */
  replicas?: number;
  /** Failures of one replica until the gate gives up: 1 where nothing is started again. */
  failureLimit: number;
  /** Seconds that a task may have no node: with stop-first rollout its predecessor may still hold the port. */
  placementSeconds: number;
}

/** A service as the manager tells of it, at one moment. */
export interface ServiceState {
  /** The digest in the manager's own settings: another one than wanted after a rollback. */
  spec: string;
  /** State of the last update; undefined when there was none since the settings changed. */
  update?: { state: string; message: string };
  /** Of this service, also those that ended. */
  tasks: readonly (ClusterTask & { spec: string })[];
}

/** What the gate itself has seen so far; the engine's clock may be wrong, so its times are not used. */
export interface Sightings {
  /** Tasks that had ended when the gate first looked: what happened before is no sign. */
  readonly endedBefore: ReadonlySet<string>;
  /** Seconds for which a task has been without a node. */
  readonly unplacedSeconds: (task: string) => number;
}

/** How a service stands. */
export type GateVerdict =
  | { verdict: "done" }
  /** `pulling`: tasks may be fetching their image, which takes as long as it takes. */
  | { verdict: "waiting"; running: number; pulling: boolean; reason: string }
  | { verdict: "failed"; reason: string; rolledBack: boolean; tasks: readonly ClusterTask[] };

/** Judges a service from what the manager says of it. Pure. */
export function judgeService(state: ServiceState, wanted: WantedTasks, seen: Sightings): GateVerdict {
  const { update } = state;
  const fresh = state.tasks.filter(({ spec }) => spec === wanted.spec);
  const ended = fresh.filter(hasFailed);
  const rolledBack = state.spec !== wanted.spec;
  if (rolledBack || update?.state === "paused") {
    const reason =
      update === undefined ? "the swarm has other settings than the last up gave" : update.message;
    return { verdict: "failed", reason, rolledBack, tasks: lastOfEach(ended) };
  }
  const unplaced = fresh.filter((task) => isPending(task) && task.error !== "");
  const lost = unplaced.filter(({ id }) => seen.unplacedSeconds(id) >= wanted.placementSeconds);
  if (lost.length > 0) return failed("no node takes its tasks", lost);
  const since = ended.filter(({ id }) => !seen.endedBefore.has(id));
  const again = lastOfEach(since).filter(
    (task) => since.filter((other) => placeOf(other) === placeOf(task)).length >= wanted.failureLimit,
  );
  if (again.length > 0) return failed("its tasks fail again and again", again);
  return progress(state, wanted, fresh);
}

function failed(reason: string, tasks: readonly ClusterTask[]): GateVerdict {
  return { verdict: "failed", reason, rolledBack: false, tasks };
}

function progress(
  { update, tasks }: ServiceState,
  { replicas, spec }: WantedTasks,
  fresh: readonly ClusterTask[],
): GateVerdict {
  const alive = tasks.filter(isWanted);
  const running = fresh.filter((task) => isWanted(task) && task.state === "running").length;
  const outdated = alive.filter((task) => task.spec !== spec).length;
  const settled = running === alive.length && running === (replicas ?? Math.max(running, 1));
  if (settled && update?.state !== "updating") return { verdict: "done" };
  const missing = (replicas ?? alive.length - outdated) - running;
  const preparing = fresh.filter((task) => isWanted(task) && task.state === "preparing").length;
  const parts = [
    ...(missing > 0 ? [`${missing} not yet running`] : []),
    ...(preparing > 0 ? [`${preparing} preparing or pulling the image`] : []),
    ...(outdated > 0 ? [`${outdated} of the old generation left`] : []),
  ];
  return {
    verdict: "waiting",
    running,
    pulling: preparing > 0,
    reason: parts.join(", ") || "watching the new tasks",
  };
}

const isWanted = ({ desired }: ClusterTask) => desired === "running" || desired === "ready";

/** Not on a node yet. */
const isPending = (task: ClusterTask) =>
  isWanted(task) && ["new", "pending", "allocated"].includes(task.state);

/** Ended by itself; one that the swarm has stopped is `shutdown`. */
const hasFailed = ({ state }: ClusterTask) => ["failed", "rejected", "complete"].includes(state);

/** A replica's place: its number, or its node where each node has one. */
const placeOf = ({ slot, node }: ClusterTask) => (slot > 0 ? String(slot) : node);

/** Of each place the task that ended last. */
function lastOfEach(tasks: readonly ClusterTask[]): ClusterTask[] {
  const last = new Map<string, ClusterTask>();
  for (const task of tasks) {
    const other = last.get(placeOf(task));
    if (other === undefined || other.since < task.since) last.set(placeOf(task), task);
  }
  return [...last.values()];
}
