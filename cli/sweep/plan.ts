import { engineIds, type ExportedState } from "../../sdk/reload/exportedState";

/** What the state of a stack says of what it has on an engine and its swarm. */
export interface StackState {
  /** Ids of all that it knows there. */
  ids: ReadonlySet<string>;
  /** Identities of its deployments; a container with another one is somebody else's. */
  deployments: ReadonlySet<string>;
  /** True when an `up` is under way, or was cut off. */
  pending: boolean;
}

/** What runs of a farm: a container, or a service of a swarm. */
export interface FarmMember {
  kind: "container" | "service";
  id: string;
  name: string;
  stack: string;
  farm: string;
  /** Identity of its deployment; empty when it has none. */
  deployment: string;
  /** When it was made, in seconds since 1970. */
  created: number;
  description: string;
}

/** What the members of a farm use: a network, and on a swarm a config or secret. */
export interface FarmShared {
  kind: "network" | "config" | "secret";
  id: string;
  name: string;
  stack: string;
  farm: string;
  /** How many containers and services use it. */
  users: number;
}

/** Something that might be left over. */
export interface Leftover {
  kind: FarmMember["kind"] | FarmShared["kind"];
  id: string;
  name: string;
  stack: string;
  farm: string;
  /** What it is, for a person: image and state. */
  description: string;
  /** Why it counts as left over, or why that cannot be told. */
  reason: string;
}

/** What a sweep removes, and what it leaves because it cannot tell. */
export interface SweepPlan {
  orphans: Leftover[];
  unsure: Leftover[];
}

/** What may just be made by an `up` that runs now. */
const freshSeconds = 900;

/** Why a stack's state is not known. */
export interface UnknownState {
  unknown: string;
}

/**
 * Tells what is left over: it carries the labels of a deployment that the state knows, and the state does
 * not know it. Pure.
 *
 * @param states by `project/stack`
 */
export function sweepPlan(
  members: readonly FarmMember[],
  shared: readonly FarmShared[],
  states: ReadonlyMap<string, StackState | UnknownState>,
  now: Date,
): SweepPlan {
  const orphans: Leftover[] = [];
  const unsure: Leftover[] = [];
  const place = (leftover: Omit<Leftover, "reason">, doubt: string | undefined) => {
    if (doubt === undefined) orphans.push({ ...leftover, reason: "no state knows it" });
    else unsure.push({ ...leftover, reason: doubt });
  };
  const stateOf = (stack: string) => states.get(stack) ?? { unknown: "its stack was not looked at" };
  for (const { deployment, created, ...leftover } of members) {
    const state = stateOf(leftover.stack);
    if ("ids" in state && state.ids.has(leftover.id)) continue;
    place(leftover, memberDoubt({ deployment, created }, state, now));
  }
  for (const { users, ...leftover } of shared) {
    const { stack, farm, id } = leftover;
    const state = stateOf(stack);
    if ("ids" in state && state.ids.has(id)) continue;
    const inUse = users > 0 && !orphansHold(orphans, stack, farm, users);
    const doubt = "unknown" in state ? state.unknown : inUse ? "it is in use" : undefined;
    place({ ...leftover, description: `used by ${users}` }, doubt);
  }
  return { orphans, unsure };
}

function memberDoubt(
  { deployment, created }: Pick<FarmMember, "deployment" | "created">,
  state: StackState | UnknownState,
  now: Date,
): string | undefined {
  if ("unknown" in state) return state.unknown;
  if (!state.deployments.has(deployment)) {
    return deployment === ""
      ? "it carries no deployment's identity"
      : "it belongs to a deployment that the state does not know: somebody else's, or one that was destroyed";
  }
  const age = now.getTime() / 1000 - created;
  return state.pending && age < freshSeconds
    ? "it was made a short time ago, and the state says that an up is under way (if none is: pulumi cancel, pulumi refresh)"
    : undefined;
}

/** What members use is free when all of those go too. */
function orphansHold(orphans: readonly Leftover[], stack: string, farm: string, used: number): boolean {
  const own = orphans.filter((one) => isMember(one) && one.stack === stack && one.farm === farm);
  return own.length >= used;
}

const isMember = ({ kind }: Leftover) => kind === "container" || kind === "service";

/** Reads what `pulumi stack export` printed. Pure. */
export function stackState(text: string): StackState {
  const state = JSON.parse(text) as ExportedState;
  const { resources = [], pending_operations: pending = [] } = state.deployment ?? {};
  const identities = resources.filter(
    ({ type, urn }) => type === "pulumi:index:Stash" && urn.endsWith("-identity"),
  );
  return {
    ids: engineIds(state),
    deployments: new Set(identities.flatMap(({ id }) => id ?? [])),
    pending: pending.length > 0,
  };
}
