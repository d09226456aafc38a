import type * as docker from "@pulumi/docker";
import { credentialSpec } from "../swarm/taskSpec";
import { fieldsOf, listOf, type Finding } from "./platformRules";
import { show } from "./validate";

/**
 * What a container's arguments ask for that the services of a swarm do not have, with the way out. Everything
 * else is translated.
 */
export function taskFindings(args: docker.ContainerArgs): Finding[] {
  const fields = fieldsOf(args);
  return [
    ...Object.entries(fields).flatMap(([name, value]) => propertyFindings(name, value)),
    ...listOf(fields.securityOpts).flatMap((option, index) =>
      typeof option !== "string" || credentialSpec.test(option)
        ? []
        : [refused(["securityOpts", index], option, "of these, services have credentialspec only")],
    ),
    // The component gives an output: a text is somebody's own.
    ...(typeof fields.networkMode === "string"
      ? [refused(["networkMode"], fields.networkMode, "a task is in the service's network", "give network")]
      : []),
    ...listOf(fields.ports).flatMap((port, index) => portFindings(fieldsOf(port), index)),
  ];
}

/** What is translated, or is the component's own. */
const kept = new Set([
  "image",
  "command",
  "entrypoints",
  "envs",
  "workingDir",
  "user",
  "hostname",
  "labels",
  "volumes",
  "mounts",
  "ports",
  "healthcheck",
  "restart",
  "maxRetryCount",
  "memory",
  "cpus",
  "destroyGraceSeconds",
  "stopSignal",
  "init",
  "readOnly",
  "groupAdds",
  "hosts",
  "sysctls",
  "capabilities",
  "dns",
  "dnsOpts",
  "dnsSearches",
  "securityOpts",
  "logDriver",
  "logOpts",
  "networkMode",
  // What it says is so with every task.
  "mustRun",
  "removeVolumes",
]);

const wayOut: Readonly<Record<string, string>> = {
  name: "leave name out: the swarm names tasks, and docker service ps lists them",
  networksAdvanced: "give network; a task is in that one",
  tmpfs: 'use mounts: [{ type: "tmpfs", target: "/tmp" }]',
  uploads: "bring the files along in the image, or by volumes on every node",
  memorySwap: "leave it out; memoryMb is the limit",
  stopTimeout: "leave it out; stopGraceSeconds is the time",
  cpuShares: "give cpus",
  cpuSet: "give cpus",
  cpuPeriod: "give cpus",
  cpuQuota: "give cpus",
};

function propertyFindings(name: string, value: unknown): Finding[] {
  if (kept.has(name) || !isSet(value)) return [];
  const hint = wayOut[name] ?? 'leave it out, or keep this service on orchestrator "host"';
  return [refused([name], value, "services of a swarm do not have it", hint)];
}

function portFindings({ ip }: Record<string, unknown>, index: number): Finding[] {
  if (typeof ip !== "string" || ["", "0.0.0.0"].includes(ip)) return [];
  return [refused(["ports", index, "ip"], ip, "a node publishes a port on all of its addresses")];
}

function refused(at: PropertyKey[], value: unknown, why: string, hint = "leave it out"): Finding {
  return { at, code: "conflict", message: `${show(value)} excludes orchestrator "swarm": ${why}`, hint };
}

/** Empty lists and objects, false and zero are what engines take for "not given". */
function isSet(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
  return value !== undefined && value !== false && value !== 0 && value !== "" && value !== null;
}
