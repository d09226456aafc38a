import type { Platform, PublishMode } from "../args";
import type { Cluster } from "./cluster";
import { fits } from "./constraints";

/**
 * The address of a node at which a farm's proxies answer: the first one, by the names of the nodes; undefined when
 * none has an address that other machines could reach. Pure.
 */
export function proxyAddress(
  { nodes }: Pick<Cluster, "nodes">,
  platform: Platform,
  { constraints, publishMode }: { constraints: readonly string[]; publishMode: PublishMode },
): string | undefined {
  const up = nodes.filter(({ state, availability }) => state === "ready" && availability === "active");
  // The routing mesh answers on every node, whatever it runs.
  const answering =
    publishMode === "ingress" ? up : up.filter((node) => node.os === platform && fits(node, constraints));
  return answering
    .map(({ address }) => address)
    .find((address) => !/^(|0\.0\.0\.0|127\..*|::1?)$/.test(address));
}
