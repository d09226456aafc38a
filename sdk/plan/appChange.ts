import type { ReplicaPlan } from "./servicePlan";

/** A replica that runs now, as the engine tells of it. */
export interface RunningReplica {
  /** `webapp-1`. */
  replica: string;
  containerName: string;
  image: string;
  generation: string;
  environment: readonly string[];
  memoryBytes: number;
}

/** A replica as it will be: its plan, and the container that a preview expects to hold it. */
export interface PlannedReplica {
  plan: ReplicaPlan;
  generation: string;
  containerName: string;
}

/**
 * What an `up` does to one app, in one line for an operator: who joins, leaves and is replaced, why, and
 * whether anything is down meanwhile. Undefined when nothing changes.
 */
export function appChange(
  app: string,
  running: readonly RunningReplica[],
  planned: readonly PlannedReplica[],
  rollout: "startFirst" | "stopFirst",
): string | undefined {
  const held = new Set(running.map(({ containerName }) => containerName));
  const fresh = planned.filter(({ containerName }) => !held.has(containerName));
  const before = (name: string) => running.find(({ replica }) => replica === name);
  const replaced = fresh.flatMap((next) => {
    const old = before(next.plan.replica);
    return old === undefined ? [] : [{ old, next }];
  });
  const joining = fresh
    .filter(({ plan }) => before(plan.replica) === undefined)
    .map(({ plan }) => plan.replica);
  const staying = new Set(planned.map(({ plan }) => plan.replica));
  const leaving = running.map(({ replica }) => replica).filter((replica) => !staying.has(replica));
  if (fresh.length === 0 && leaving.length === 0) return undefined;
  const why = [...new Set(replaced.flatMap(({ old, next }) => reasons(old, next)))];
  const parts = [
    ...(joining.length > 0 ? [`${list(joining)} ${verb(joining, "join")}`] : []),
    ...(replaced.length > 0
      ? [`${list(replaced.map(({ old }) => old.replica))} replaced (${why.join(", ")})`]
      : []),
    ...(leaving.length > 0 ? [`${list(leaving)} ${verb(leaving, "leave")}`] : []),
  ];
  const down = downtime(running.length, planned.length, replaced.length, rollout);
  return `${app} ${running.length} -> ${planned.length}: ${[...parts, down].join("; ")}`;
}

/** What differs, as far as the engine tells; other settings are in the details of the preview. */
export function reasons(
  old: Omit<RunningReplica, "replica" | "containerName">,
  { plan, generation }: Omit<PlannedReplica, "containerName">,
): string[] {
  const { image, environment, memoryMb } = plan;
  // The value of an output is not known yet, and no reason that could be told.
  const text = environment.filter((entry): entry is string => typeof entry === "string");
  const changed = text.filter((entry) => !entry.startsWith("WEBFARM_") && !old.environment.includes(entry));
  const memory = (memoryMb ?? 0) * 1024 * 1024;
  const found = [
    ...(typeof image === "string" && image !== old.image ? [`image ${old.image} -> ${image}`] : []),
    ...(generation === old.generation ? [] : [`generation ${old.generation} -> ${generation}`]),
    ...changed.map((entry) => `environment ${entry.slice(0, entry.indexOf("="))}`),
    ...(memory === old.memoryBytes ? [] : ["memory"]),
  ];
  return found.length > 0 ? found : ["other settings"];
}

function downtime(
  before: number,
  after: number,
  replaced: number,
  rollout: "startFirst" | "stopFirst",
): string {
  if (before === 0) return "nothing answers until they are healthy";
  if (after === 0) return "nothing answers afterwards";
  if (replaced === 0 || rollout === "startFirst") return "nothing is down";
  return replaced === before
    ? "each is down while its successor starts"
    : "those are down while their successors start";
}

/** `webapp-1, webapp-2`; of many the first and the last. */
function list(names: readonly string[]): string {
  return names.length > 4 ? `${names[0] ?? ""} ... ${names.at(-1) ?? ""}` : names.join(", ");
}

function verb(names: readonly string[], word: string): string {
  return names.length === 1 ? `${word}s` : word;
}
