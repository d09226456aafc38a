import type { HostRelease, PublishMode } from "../args";

/** What a farm is going to ask of a swarm. */
export interface PreflightSwarmArgs {
  /** Release of the Windows nodes. @default not looked at */
  hostRelease?: HostRelease;
  /** True when images are loaded on every node, and not pulled from a registry. @default false */
  imagesOnNodes?: boolean;
  /** What the farm's proxy is given, as far as it concerns nodes. @default a proxy on each node */
  proxy?: {
    /** Number of proxies. @default one on each node */
    replicas?: number;
    /** Which nodes may run one. @default every node of the platform */
    constraints?: string[];
    /** @default "host" */
    publishMode?: PublishMode;
  };
}
