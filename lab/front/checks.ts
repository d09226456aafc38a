import type { CreateBody, HostConfig } from "./api";
import { windowsMounts, type Look } from "./mounts";
import { isolationOf, type WindowsHost } from "./windowsHost";

/** Options that Windows engines do not know, by the name in their message; the API's name where it differs. */
const unknownOptions: readonly [string, string?][] = [
  ["BlkioDeviceReadBps"],
  ["BlkioDeviceReadIOps"],
  ["BlkioDeviceWriteBps"],
  ["BlkioDeviceWriteIOps"],
  ["BlkioWeight"],
  ["BlkioWeightDevice"],
  ["CgroupParent"],
  ["CPUPeriod", "CpuPeriod"],
  ["CpusetCpus"],
  ["CpusetMems"],
  ["KernelMemory"],
  ["MemoryReservation"],
  ["MemorySwap"],
  ["MemorySwappiness"],
  ["OomKillDisable"],
  ["PidsLimit"],
  ["Ulimits"],
];

/**
 * What a Windows engine says about a create request, in its words and its order; it says the first only.
 * Empty: it creates the container (moby: hostconfig_windows.go, daemon_windows.go, windows_parser.go).
 */
export function createFaults(body: CreateBody, host: WindowsHost, look: Look): string[] {
  const hostConfig = body.HostConfig ?? {};
  return [
    ...settingFaults(hostConfig, host),
    ...workingDirectoryFaults(body.WorkingDir ?? ""),
    ...windowsMounts(hostConfig, look).faults,
    ...resourceFaults(hostConfig, host),
  ];
}

function settingFaults(hostConfig: HostConfig, host: WindowsHost): string[] {
  const { Isolation: isolation = "", NetworkMode: mode = "" } = hostConfig;
  const notSupported = (what: string) => `invalid option: ${what} is not supported for Windows containers`;
  const faults: string[] = [];
  if (mode.startsWith("container:") && isolationOf(isolation, host) === "hyperv")
    faults.push(
      "invalid network-mode: using the network stack of another container is not supported while using Hyper-V Containers",
    );
  if (!["", "default", "process", "hyperv"].includes(isolation.toLowerCase()))
    faults.push(`invalid isolation (${isolation}): Windows supports 'default', 'process', or 'hyperv'`);
  if (isSet(hostConfig.CpuRealtimePeriod)) faults.push(notSupported("CPU real-time period"));
  if (isSet(hostConfig.CpuRealtimeRuntime)) faults.push(notSupported("CPU real-time runtime"));
  if (hostConfig.Privileged) faults.push(notSupported("privileged mode"));
  if (hostConfig.ReadonlyRootfs) faults.push(notSupported("read-only mode"));
  return faults;
}

function workingDirectoryFaults(directory: string): string[] {
  if (directory === "" || /^([a-z]:)?[\\/]/i.test(directory)) return [];
  return [`the working directory '${directory}' is invalid, it needs to be an absolute path`];
}

/** What it says about limits, at a create and at an update. */
export function resourceFaults(hostConfig: HostConfig, host: WindowsHost): string[] {
  const { CpuShares = 0, CpuPercent = 0, CpuCount = 0, NanoCpus = 0 } = hostConfig;
  const faults: string[] = [];
  if (CpuShares < 0 || CpuShares > 10_000) faults.push("range of CPUShares is from 1 to 10000");
  if (CpuPercent < 0 || CpuPercent > 100) faults.push("range of CPUPercent is from 1 to 100");
  if (CpuCount < 0) faults.push("invalid CPUCount: CPUCount cannot be negative");
  if (NanoCpus > 0 && CpuPercent > 0)
    faults.push("conflicting options: Nano CPUs and CPU Percent cannot both be set");
  if (NanoCpus > 0 && CpuShares > 0)
    faults.push("conflicting options: Nano CPUs and CPU Shares cannot both be set");
  if (NanoCpus < 0 || NanoCpus > host.cpus * 1e9)
    faults.push(
      `range of CPUs is from 0.01 to ${host.cpus}.00, as there are only ${host.cpus} CPUs available`,
    );
  for (const [name, field = name] of unknownOptions) {
    // -1 is how clients say that they do not set the swappiness; 0 sets it.
    const set = field === "MemorySwappiness" ? isSwappiness(hostConfig[field]) : isSet(hostConfig[field]);
    if (set) faults.push(`invalid option: Windows does not support ${name}`);
  }
  return faults;
}

function isSwappiness(value: unknown): boolean {
  return typeof value === "number" && value !== -1;
}

function isSet(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== null && value !== 0 && value !== "" && value !== false;
}

/**
 * What the network driver says when a container with these ports starts (moby, drivers/windows). The create
 * before it has no such check.
 */
export function portFaults(bindings: HostConfig["PortBindings"]): string[] {
  return Object.entries(bindings ?? {}).flatMap(([port, hostPorts]) => {
    const protocol = port.split("/")[1] ?? "tcp";
    if (!["tcp", "udp"].includes(protocol)) return [`invalid protocol ${protocol}`];
    const all = hostPorts ?? [];
    if (all.length > 1 || all.some(({ HostPort = "" }) => /^(\d+)-(?!\1$)\d+$/.test(HostPort)))
      return ["Windows does not support more than one host port in NAT settings"];
    if (all.some(({ HostIp = "" }) => !["", "0.0.0.0", "::"].includes(HostIp)))
      return ["Windows does not support host IP addresses in NAT settings"];
    return [];
  });
}

/** What it says about security options when a container starts. */
export function securityFaults(options: HostConfig["SecurityOpt"]): string[] {
  return (options ?? []).flatMap((option) => {
    const [name = "", value] = option.split(/=(.*)/s);
    if (value === undefined) return [`invalid security option: no equals sign in supplied value ${option}`];
    if (name.toLowerCase() !== "credentialspec") return [`security option not supported: ${name}`];
    return [];
  });
}

const resources =
  /^(Blkio|CpuQuota|CpuRealtime|Cpuset|Cgroup|Device|DiskQuota|KernelMemory|Memory|Nano|OomKill|Pids|Ulimits|IOMaximum|CpuShares|CpuPeriod|CpuCount|CpuPercent)/;

/** What it says to `POST /containers/ID/update`: limits cannot be changed, the restart policy can. */
export function updateFaults(update: HostConfig, host: WindowsHost, id: string): string[] {
  const faults = resourceFaults(update, host);
  const changed = Object.entries(update).some(([name, value]) => resources.test(name) && isSet(value));
  if (changed) faults.push(`Cannot update container ${id}: resource updating isn't supported on Windows`);
  return faults;
}
