import type { AppArgs, ProxyArgs } from "../args";
import { placePart, type Draft, type ReadContext } from "./draft";
import type { Node } from "./node";
import type { Place } from "./place";

/** What `x-webfarm` of an app may hold: arguments for which compose has no words. */
const appKeys = [
  "routes",
  "loadBalancing",
  "keepAliveConnections",
  "healthCheck",
  "alias",
  "rollout",
  "constraints",
  "generation",
] as const satisfies readonly (keyof AppArgs)[];

/** What `x-webfarm` of the proxy may hold. */
export const proxyKeys = [
  "build",
  "serverName",
  "tls",
  "loadBalancing",
  "keepAliveConnections",
  "timeouts",
  "maxBodySizeMb",
  "gzip",
  "discovery",
  "extraConfig",
  "start",
  "reload",
  "replicas",
  "constraints",
  "publishMode",
] as const satisfies readonly (keyof ProxyArgs)[];

/** Keys of the farm in the file's own `x-webfarm`. */
export const farmKeys = ["platform", "orchestrator", "hostRelease"] as const;

/** Reads a service's `x-webfarm`; the schema checks the values. */
export function readExtension(node: Node, draft: Draft, { values, findings }: ReadContext): void {
  const known: readonly string[] = draft.role === "app" ? appKeys : draft.role === "proxy" ? proxyKeys : [];
  for (const [key, { at, value }] of values.map(node, "x-webfarm")) {
    if (key === "role") continue;
    if (!known.includes(key)) {
      findings.unknownKey(at, key, ["role", ...known]);
      continue;
    }
    const plain = plainValue(value, [key], (path, place) => {
      placePart(draft, path, place);
    });
    Object.assign(draft.role === "app" ? draft.args : draft.settings, { [key]: plain });
  }
}

/** A node as plain data; every part's place is told. */
export function plainValue(
  node: Node,
  path: readonly (string | number)[],
  place: (path: readonly (string | number)[], at: Place) => void,
): unknown {
  place(path, node.at);
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map((item, index) => plainValue(item, [...path, index], place));
  return Object.fromEntries(
    [...node.entries].map(([key, { value }]) => [key, plainValue(value, [...path, key], place)]),
  );
}
