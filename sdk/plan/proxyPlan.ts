import { createHash } from "node:crypto";
import type { ValidProxyArgs } from "../schema/proxy";

/** What the proxy does, as plain data; its text is `nginxConfiguration`. */
export interface ProxyPlan {
  /** Name of the proxied service. */
  service: string;
  args: ValidProxyArgs;
}

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
