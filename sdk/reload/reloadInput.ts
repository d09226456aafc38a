import { z } from "zod";

/** What the state keeps of a reload: whose it is, and what the proxy was told. */
export interface ReloadInput {
  /** Name of the proxy's container. */
  proxy: string;
  /** Digest of the configuration. */
  configuration: string;
  /** `host:port` of each upstream by app, in the order of the replicas. */
  upstreams: Record<string, string[]>;
}

/** Every shape that a state may hold; docs/state.md tells since when. */
const shapes = z.object({
  proxy: z.string(),
  configuration: z.string(),
  upstreams: z.union([
    z.record(z.string(), z.array(z.string())),
    // Before a proxy could have several apps.
    z.array(z.string()).transform((upstreams) => ({ "": upstreams })),
  ]),
});

/**
 * The input that a reload had before, whatever version of the library wrote it; undefined for one that this
 * version does not know, which is no reason to fail: the proxy is then told everything anew.
 */
export function reloadInputOf(state: unknown): ReloadInput | undefined {
  const result = shapes.safeParse(state);
  return result.success ? result.data : undefined;
}
