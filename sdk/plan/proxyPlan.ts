import { createHash } from "node:crypto";

/** Which requests an app answers. A route without host holds for every host. */
export interface Route {
  /** Host name of the request, such as `shop.example.com`. */
  host?: string;
  /** `/api` takes `/api` and all below it, not `/apis`. */
  path: string;
  /** True: that very path, nothing below it. */
  exact: boolean;
}

/** How the proxy chooses among the replicas of an app. */
export type Balancing = "roundRobin" | "leastConnections" | "ipHash";

/** An app behind the proxy: where its replicas are, and which requests are for it. */
export interface ProxyApp {
  /** Name of the app; also of its upstream in nginx.conf and in the access log. */
  name: string;
  /** `host:port` of each replica in rotation; with `resolve` the one name that all share. */
  upstreams: readonly string[];
  routes: readonly Route[];
  loadBalancing: Balancing;
  /** Idle connections kept open to its replicas; 0 opens one for each request. */
  keepAliveConnections: number;
}

/** The route of an app that takes every request. */
export const everything: Route = { path: "/", exact: false };

/** Which upstreams join and which leave between two lists. */
export function compareUpstreams(before: readonly string[], after: readonly string[]) {
  return {
    joining: after.filter((upstream) => !before.includes(upstream)),
    leaving: before.filter((upstream) => !after.includes(upstream)),
  };
}

/** Names a text by its content. */
export function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
