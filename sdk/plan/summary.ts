import { compareUpstreams } from "./proxyPlan";

/** What happens to the proxy. */
export type ProxyChange = "starts" | "reloads" | "isReplaced" | "wasReplaced" | "stays";

/** The upstreams of each app in an nginx.conf of ours. */
export function upstreamsIn(text: string): Map<string, string[]> {
  const apps = new Map<string, string[]>();
  let current: string[] | undefined;
  for (const line of text.split(/\r?\n/)) {
    const app = /^ *upstream ([^ ]+) \{/.exec(line)?.[1];
    if (app !== undefined) apps.set(app, (current = []));
    else if (line.trim() === "}") current = undefined;
    const server = /^ *server ([^ ;]+)[^;]*;/.exec(line)?.[1];
    if (server !== undefined) current?.push(server);
  }
  return apps;
}

/** `webapp 2 -> 5: +3 replicas`; undefined when nothing changes. */
export function replicaChange(
  app: string,
  before: readonly string[],
  after: readonly string[],
): string | undefined {
  const { joining, leaving } = compareUpstreams(before, after);
  if (joining.length === 0 && leaving.length === 0) return undefined;
  const counts = [
    ...(joining.length > 0 ? [`+${joining.length}`] : []),
    ...(leaving.length > 0 ? [`-${leaving.length}`] : []),
  ];
  const only = joining.length + leaving.length === 1;
  return `${app} ${before.length} -> ${after.length}: ${counts.join(" ")} ${only ? "replica" : "replicas"}`;
}

/** The one line that says what an `up` does. */
export function summaryLine(
  changes: readonly (string | undefined)[],
  proxy: ProxyChange,
  stopSeconds = 0,
): string {
  const words: Record<ProxyChange, string> = {
    starts: "proxy starts",
    reloads: "proxy reloads",
    isReplaced: `proxy is replaced: nothing answers while the old one stops (${stopSeconds} s at most) and the new one starts`,
    wasReplaced: "the new proxy takes over",
    stays: "proxy stays as it is",
  };
  return [...changes.filter((change) => change !== undefined), words[proxy]].join(", ");
}
