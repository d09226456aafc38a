import type { HostRelease, Platform } from "../args";
import type { Owner } from "../plan/labels";
import type { FarmIssueCode } from "../schema/farmError";

/** What is looked at in a swarm; tests and tools may switch over it. */
export const clusterRules = [
  "membership",
  "manager",
  "quorum",
  "managers",
  "platform",
  "nodeDown",
  "nodeAway",
  "placement",
  "image",
  "port",
  "replicas",
  "ingress",
] as const;

/** One of {@link clusterRules}. */
export type ClusterRule = (typeof clusterRules)[number];

/** Something about a swarm that a person should know. */
export interface ClusterFinding {
  rule: ClusterRule;
  /** `problem`: a farm cannot be deployed so. `warning`: it can, at a risk. `ok`: as it should be. */
  verdict: "ok" | "warning" | "problem";
  message: string;
  /** What to do, when something is to be done. */
  hint?: string;
  /** Of a problem: the argument at fault, and what kind of fault it is. */
  fault?: { path: string; code: FarmIssueCode };
}

/** A port with a number of its own; one that the engine chooses is never taken. */
export interface WantedPort {
  /** The argument that gives it. */
  path: string;
  port: number;
  mode: "host" | "ingress";
  /** @default "tcp" */
  protocol?: "tcp" | "udp";
}

/** An image, once it is known who has it. */
export interface WantedImage {
  /** The argument that gives it. */
  path: string;
  name: string;
  /** Whether its registry gives it to the manager. */
  onRegistry: boolean;
  /** Whether the engine that was asked has it; what the other nodes have, no manager knows. */
  onEngine: boolean;
}

/** A service that a farm is going to have on a swarm. */
export interface WantedService {
  /** The argument that it comes from, such as `apps.webapp`. */
  path: string;
  /** Whose it is: what a service of the same stack, farm and name holds is free for it. */
  owner: Owner;
  /** Tasks; undefined for one on each node that fits. */
  replicas?: number;
  /** The user's placement constraints; the platform's own is not among them. */
  constraints?: readonly string[];
  ports?: readonly WantedPort[];
  image?: WantedImage;
}

/** What a farm asks of a swarm. */
export interface WantedOfCluster {
  platform: Platform;
  /** Release of the Windows nodes. */
  hostRelease?: HostRelease;
  /** True when images are brought to all nodes by other means than a registry. @default false */
  imagesOnNodes?: boolean;
  services: readonly WantedService[];
}

/** As it should be. */
export function ok(rule: ClusterRule, message: string): ClusterFinding {
  return { rule, verdict: "ok", message };
}

/** A risk that keeps nothing from being deployed. */
export function warning(rule: ClusterRule, message: string, hint: string): ClusterFinding {
  return { rule, verdict: "warning", message, hint };
}

/** What keeps a farm from being deployed. */
export function problem(
  rule: ClusterRule,
  fault: NonNullable<ClusterFinding["fault"]>,
  message: string,
  hint: string,
): ClusterFinding {
  return { rule, verdict: "problem", message, hint, fault };
}

/** `1 node`, `2 nodes`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
