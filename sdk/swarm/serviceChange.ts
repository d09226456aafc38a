import type { Rollout } from "../args";

/** A service as it is now, or is going to be. */
export interface ServiceShape {
  replicas: number;
  /** Digest of what its tasks are. */
  spec: string;
}

/** How a service changes. */
export interface ServiceChange {
  before: ServiceShape | undefined;
  after: ServiceShape;
  rollout: Rollout;
  /** How many tasks are replaced at a time. */
  parallelism: number;
  /** Why they are replaced: `image a -> b`. */
  reasons: readonly string[];
}

/**
 * What an `up` does to a service of a swarm, in one line for an operator: how many join and leave, whether the
 * others are replaced and why, and whether anything is down meanwhile. Undefined when nothing changes. Pure.
 */
export function serviceChange(
  app: string,
  { before, after, rollout, parallelism, reasons }: ServiceChange,
): string | undefined {
  const had = before?.replicas ?? 0;
  const staying = Math.min(had, after.replicas);
  const replaced = staying > 0 && before?.spec !== after.spec;
  const parts = [
    ...(after.replicas === had ? [] : [difference(after.replicas - had)]),
    ...(replaced ? [`${counted(staying)} replaced, ${parallelism} at a time (${reasons.join(", ")})`] : []),
  ];
  if (parts.length === 0) return undefined;
  return `${app} ${had} -> ${after.replicas}: ${parts.join(", ")}; ${downtime(had, after.replicas, replaced, rollout)}`;
}

function difference(count: number): string {
  return `${count > 0 ? "+" : "-"}${counted(Math.abs(count))}`;
}

function counted(count: number): string {
  return `${count} ${count === 1 ? "replica" : "replicas"}`;
}

function downtime(before: number, after: number, replaced: boolean, rollout: Rollout): string {
  if (before === 0) return "nothing answers until they are healthy";
  if (after === 0) return "nothing answers afterwards";
  if (!replaced || rollout === "startFirst") return "nothing is down";
  return "each is down while its successor starts";
}

/** How the proxies of a swarm change. */
export interface ProxyChange {
  /** Proxies that run now; undefined when there is no service of them yet. */
  running: number | undefined;
  /** The service itself is made anew: it changes between a number of proxies and one on each node. */
  recreated: boolean;
  replaced: boolean;
  rollout: Rollout;
  reasons: readonly string[];
  /** Seconds that one has to stop. */
  stopSeconds: number;
}

/** The same for the proxies, which hold their nodes' ports. Undefined when nothing changes. Pure. */
export function proxyChange(change: ProxyChange): string | undefined {
  const { running, recreated, replaced, rollout, reasons, stopSeconds } = change;
  if (running === undefined) return "proxies start";
  if (recreated) {
    return (
      "all proxies are replaced at once, as one on each node and a given number are different services: " +
      `nothing answers while the old ones stop (${stopSeconds} s at most) and the new ones start`
    );
  }
  if (!replaced) return undefined;
  const why = `(${reasons.join(", ")})`;
  if (rollout === "startFirst") return `proxies are replaced one after the other ${why}: nothing is down`;
  const meanwhile = `while the old one stops (${stopSeconds} s at most) and the new one starts`;
  if (running <= 1) return `the proxy is replaced ${why}: nothing answers ${meanwhile}`;
  return `${running} proxies are replaced node after node ${why}: a node does not answer ${meanwhile}, the others do`;
}
