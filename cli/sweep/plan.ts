import { engineIds, type ExportedState } from "../../sdk/reload/exportedState";
import type { FarmContainer } from "../engine/farmContainers";

/** What the state of a stack says of its containers and networks. */
export interface StackState {
  /** Ids of the containers and networks that it knows. */
  ids: ReadonlySet<string>;
  /** Identities of its deployments; a container with another one is somebody else's. */
  deployments: ReadonlySet<string>;
  /** True when an `up` is under way, or was cut off. */
  pending: boolean;
}

/** A network that a component made. */
export interface FarmNetwork {
  id: string;
  name: string;
  stack: string;
  farm: string;
  /** How many containers are in it. */
  containers: number;
}

/** Something on the engine that might be left over. */
export interface Leftover {
  kind: "container" | "network";
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
  containers: readonly FarmContainer[],
  networks: readonly FarmNetwork[],
  states: ReadonlyMap<string, StackState | UnknownState>,
  now: Date,
): SweepPlan {
  const orphans: Leftover[] = [];
  const unsure: Leftover[] = [];
  const place = (leftover: Omit<Leftover, "reason">, doubt: string | undefined) => {
    if (doubt === undefined) orphans.push({ ...leftover, reason: "no state knows it" });
    else unsure.push({ ...leftover, reason: doubt });
  };
  for (const container of containers) {
    const { id, name, stack, farm, image, since } = container;
    const state = states.get(stack) ?? { unknown: "its stack was not looked at" };
    if ("ids" in state && state.ids.has(id)) continue;
    const leftover = { kind: "container" as const, id, name, stack, farm, description: `${image}, ${since}` };
    place(leftover, containerDoubt(container, state, now));
  }
  for (const { id, name, stack, farm, containers: used } of networks) {
    const state = states.get(stack) ?? { unknown: "its stack was not looked at" };
    if ("ids" in state && state.ids.has(id)) continue;
    const leftover = { kind: "network" as const, id, name, stack, farm, description: `${used} containers` };
    const inUse = used > 0 && !orphansHold(orphans, stack, farm, used);
    place(leftover, "unknown" in state ? state.unknown : inUse ? "containers are in it" : undefined);
  }
  return { orphans, unsure };
}

function containerDoubt(
  { deployment, created }: FarmContainer,
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

/** A network is free when all that is in it goes too. */
function orphansHold(orphans: readonly Leftover[], stack: string, farm: string, used: number): boolean {
  const own = orphans.filter((one) => one.kind === "container" && one.stack === stack && one.farm === farm);
  return own.length >= used;
}

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
