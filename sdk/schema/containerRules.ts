import type * as docker from "@pulumi/docker";
import { labelNames } from "../plan/labels";
import { isImageReference } from "./fields";
import { fieldsOf, imageFindings, listOf, mountFindings, type Finding, type Target } from "./platformRules";
import { taskFindings } from "./taskRules";
import { show } from "./validate";

/** What the component must be able to rely on in a container's arguments. */
export interface ContainerContract {
  target: Target;
  /** Host ports that the plan gives this container; another one may be held by another replica or generation. */
  hostPorts: readonly number[];
  /** False where two generations stand side by side, so that a fixed name would be taken. */
  fixedName: boolean;
}

/**
 * What is wrong with the arguments of a container as `transform` left them, or as outputs resolved:
 * what the engine refuses, and what would take from the component what it stands on. Values that are
 * not known yet are passed over.
 */
export function containerFindings(args: docker.ContainerArgs, contract: ContainerContract): Finding[] {
  const { target } = contract;
  const fields = fieldsOf(args);
  return [
    ...referenceFindings(fields.image),
    ...imageFindings(fields.image, target),
    ...listOf(fields.volumes).flatMap((volume, index) => mountFindings(volume, index, target)),
    ...contractFindings(fields, contract),
    ...(target.traits.name === "windows" ? windowsFindings(fields) : []),
    ...(target.orchestrator === "swarm" ? taskFindings(args) : []),
  ];
}

const { stack, farm, service, replica, generation } = labelNames;
const ownLabels = [stack, farm, service, replica, generation];

function referenceFindings(image: unknown): Finding[] {
  if (typeof image !== "string" || isImageReference(image)) return [];
  const message = `${show(image)} is no image reference`;
  return [{ at: ["image"], code: "invalidFormat", message, hint: "write it as registry/name:tag" }];
}

function contractFindings(fields: Record<string, unknown>, contract: ContainerContract): Finding[] {
  const findings: Finding[] = [];
  const conflict = (at: PropertyKey[], message: string, hint: string) =>
    findings.push({ at, code: "conflict", message, hint });
  if (!contract.fixedName && fields.name !== undefined) {
    conflict(
      ["name"],
      `${show(fields.name)} cannot be held by two generations at once, which rollout "startFirst" needs`,
      "leave name out: outputs and labels tell the containers' names",
    );
  }
  listOf(fields.ports).forEach((port, index) => {
    const { external } = fieldsOf(port);
    if (typeof external !== "number" || contract.hostPorts.includes(external)) return;
    conflict(
      ["ports", index, "external"],
      `host port ${external} is none of those that ports gives this replica`,
      'give ports[].host or ports[].hostRange, with rollout: "stopFirst"',
    );
  });
  const needed: [string, unknown, string][] = [
    ["start", false, "the container would never become healthy"],
    ["attach", true, "pulumi up would wait for the container's end"],
    ["rm", true, "a container that ended would leave no log to tell why"],
    ["wait", true, "the component's own health gate waits, for all replicas at once"],
  ];
  for (const [name, value, why] of needed) {
    if (fields[name] === value)
      conflict([name], `${name}: ${show(value)} is not allowed: ${why}`, "leave it out");
  }
  const labels = listOf(fields.labels).map((label) => fieldsOf(label).label);
  const known = Array.isArray(fields.labels) && labels.every((label) => typeof label === "string");
  for (const label of known ? ownLabels : []) {
    if (!labels.includes(label)) {
      conflict(
        ["labels"],
        `lacks ${label}, by which the container is found again`,
        "keep the labels given, and add to them",
      );
    }
  }
  return findings;
}

const unsupported = (option: string) =>
  `the engine says "invalid option: Windows does not support ${option}"`;

/** What Windows engines refuse or ignore, by property, with their words where they have some (moby, daemon_windows.go). */
const refusedOnWindows: Record<string, string> = {
  cgroupParent: unsupported("CgroupParent"),
  cpuPeriod: unsupported("CPUPeriod"),
  cpuQuota: "it is a part of CPUPeriod, which Windows does not support",
  cpuSet: unsupported("CpusetCpus"),
  memoryReservation: unsupported("MemoryReservation"),
  memorySwap: unsupported("MemorySwap"),
  ulimits: unsupported("Ulimits"),
  deviceReadBps: unsupported("BlkioDeviceReadBps"),
  deviceReadIops: unsupported("BlkioDeviceReadIOps"),
  deviceWriteBps: unsupported("BlkioDeviceWriteBps"),
  deviceWriteIops: unsupported("BlkioDeviceWriteIOps"),
  privileged: 'the engine says "privileged mode is not supported for Windows containers"',
  readOnly: 'the engine says "read-only mode is not supported for Windows containers"',
  tmpfs: "Windows has no tmpfs",
  capabilities: "Windows has no capabilities",
  cgroupnsMode: "Windows has no cgroups",
  deviceCgroupRules: "Windows has no cgroups",
  deviceRequests: "Windows engines know no device requests",
  gpus: "Windows engines know no device requests",
  groupAdds: "Windows has no group ids",
  init: "Windows has no init process",
  ipcMode: "Windows has no ipc namespaces",
  pidMode: "Windows has no pid namespaces",
  usernsMode: "Windows has no user namespaces",
  shmSize: "Windows has no /dev/shm",
  sysctls: "Windows has no sysctls",
  dnsOpts: "--dns-opt does not exist there",
  dnsSearches: "--dns-search does not exist there",
  hosts: "--add-host does not exist there",
};

const wayOut: Record<string, string> = {
  hosts: "give the other service an alias; the engine's DNS knows it",
  memorySwap: "leave it out; memoryMb is the limit",
  memoryReservation: "leave it out; memoryMb is the limit",
  cpuPeriod: "give cpus",
  cpuQuota: "give cpus",
  cpuSet: "give cpus",
};

function windowsFindings(fields: Record<string, unknown>): Finding[] {
  const findings: Finding[] = [];
  const refuse = (at: PropertyKey[], message: string, hint = "leave it out") =>
    findings.push({ at, code: "refusedOnWindows", message, hint });
  for (const [name, why] of Object.entries(refusedOnWindows)) {
    if (isSet(fields[name])) refuse([name], `${show(fields[name])} is refused: ${why}`, wayOut[name]);
  }
  if (
    typeof fields.networkMode === "string" &&
    /^(bridge|host|none|container:.*)$/.test(fields.networkMode)
  ) {
    const mode = fields.networkMode;
    refuse(
      ["networkMode"],
      `the engine says "could not find a network matching network mode ${mode}"`,
      "leave it out; the service's network is nat unless named",
    );
  }
  listOf(fields.ports).forEach((port, index) => {
    const { ip, protocol } = fieldsOf(port);
    if (typeof ip === "string" && !["", "0.0.0.0"].includes(ip)) {
      refuse(
        ["ports", index, "ip"],
        `${show(ip)}: the engine says "Windows does not support host IP addresses in NAT settings"`,
        "leave it out; the port is published on all addresses",
      );
    }
    if (typeof protocol === "string" && !["tcp", "udp"].includes(protocol)) {
      refuse(["ports", index, "protocol"], `${show(protocol)} is not allowed; allowed: tcp, udp`);
    }
  });
  listOf(fields.securityOpts).forEach((option, index) => {
    if (typeof option !== "string" || /^credentialspec[=:]/i.test(option)) return;
    refuse(["securityOpts", index], `the engine says "security option not supported: ${option}"`);
  });
  listOf(fields.mounts).forEach((mount, index) => {
    if (fieldsOf(mount).type === "tmpfs") refuse(["mounts", index, "type"], "Windows has no tmpfs");
  });
  listOf(fields.networksAdvanced).forEach((network, index) => {
    if (!isSet(fieldsOf(network).aliases)) return;
    refuse(
      ["networksAdvanced", index, "aliases"],
      "are dropped beside networkMode",
      "give the service's alias; all replicas share it",
    );
  });
  findings.push(...processorFindings(fields));
  return findings;
}

function processorFindings({ cpus, cpuShares }: Record<string, unknown>): Finding[] {
  if (typeof cpuShares !== "number" || cpuShares === 0) return [];
  const finding = (message: string, hint: string): Finding => ({
    at: ["cpuShares"],
    code: "refusedOnWindows",
    message,
    hint,
  });
  if (isSet(cpus)) return [finding("conflicts with cpus: the engine takes one of the two", "keep cpus")];
  if (cpuShares >= 1 && cpuShares <= 10_000) return [];
  return [
    finding(`${cpuShares} is not allowed; allowed: 1 to 10000`, "give a share within the range, or cpus"),
  ];
}

/** Empty lists and objects, false and zero are what engines take for "not given". */
function isSet(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
  return value !== undefined && value !== false && value !== 0 && value !== "" && value !== null;
}
