import type { ContainerInspectInfo } from "dockerode";
import { type PropertyMap, type Value, isObject, number, objects, text } from "../values";
import { formatDuration } from "./duration";

const MEBIBYTE = 1024 * 1024;

/** What the engine says about a container, as outputs. `outputs` is what was planned or last known. */
export function containerOutputs(info: ContainerInspectInfo, outputs: PropertyMap): PropertyMap {
  const { Config, HostConfig, NetworkSettings } = info;
  // The client library's types lack what is newer, and Windows leaves parts out.
  const config = Config as unknown as PropertyMap;
  const host = HostConfig as unknown as PropertyMap;
  const log = isObject(host.LogConfig) ? host.LogConfig : {};
  const policy = isObject(host.RestartPolicy) ? host.RestartPolicy : {};
  const swap = number(host.MemorySwap);
  return {
    bridge: text((NetworkSettings as unknown as PropertyMap).Bridge),
    command: list(config.Cmd),
    cpuSet: text(host.CpusetCpus),
    cpuShares: number(host.CpuShares),
    deviceReadBps: rates(host.BlkioDeviceReadBps),
    deviceReadIops: rates(host.BlkioDeviceReadIOps),
    deviceWriteBps: rates(host.BlkioDeviceWriteBps),
    deviceWriteIops: rates(host.BlkioDeviceWriteIOps),
    devices: objects(host.Devices).map((device) => ({
      hostPath: text(device.PathOnHost),
      containerPath: text(device.PathInContainer),
      permissions: text(device.CgroupPermissions),
    })),
    dns: list(host.Dns),
    dnsOpts: list(host.DnsOptions),
    dnsSearches: list(host.DnsSearch),
    domainname: text(config.Domainname),
    entrypoints: list(config.Entrypoint),
    groupAdds: list(host.GroupAdd),
    hostname: text(config.Hostname),
    hosts: list(host.ExtraHosts).map((entry) => {
      const [name = "", ...ip] = text(entry).split(":");
      return { host: name, ip: ip.join(":") };
    }),
    init: host.Init === true,
    ipcMode: text(host.IpcMode),
    logDriver: text(log.Type),
    logOpts: map(log.Config),
    maxRetryCount: number(policy.MaximumRetryCount),
    memory: Math.floor(number(host.Memory) / MEBIBYTE),
    memoryReservation: Math.floor(number(host.MemoryReservation) / MEBIBYTE),
    memorySwap: swap > 0 ? Math.floor(swap / MEBIBYTE) : swap,
    name: info.Name.replace(/^\//, ""),
    networkDatas: networkDatas(NetworkSettings.Networks),
    networkMode: text(host.NetworkMode),
    platform: info.Platform,
    ports: ports(NetworkSettings.Ports, objects(outputs.ports)),
    privileged: host.Privileged === true,
    publishAllPorts: host.PublishAllPorts === true,
    readOnly: host.ReadonlyRootfs === true,
    restart: text(policy.Name),
    rm: host.AutoRemove === true,
    runtime: text(host.Runtime),
    securityOpts: list(host.SecurityOpt),
    shmSize: Math.floor(number(host.ShmSize) / MEBIBYTE),
    stdinOpen: config.OpenStdin === true,
    stopSignal: text(config.StopSignal),
    stopTimeout: number(config.StopTimeout),
    storageOpts: map(host.StorageOpt),
    sysctls: map(host.Sysctls),
    tmpfs: map(host.Tmpfs),
    tty: config.Tty === true,
    ulimits: objects(host.Ulimits).map((ulimit) => ({
      name: text(ulimit.Name),
      soft: number(ulimit.Soft),
      hard: number(ulimit.Hard),
    })),
    user: text(config.User),
    usernsMode: text(host.UsernsMode),
    workingDir: text(config.WorkingDir),
    ...capabilities(host),
    // A container that does not run is drift for a program that wants it to: `mustRun` shows it.
    ...(!info.State.Running && { exitCode: info.State.ExitCode, mustRun: false }),
  };
}

/** What an import takes over besides; a refresh trusts its state here, the image's share cannot be told. */
export function importedOutputs(info: ContainerInspectInfo): PropertyMap {
  const check = info.Config.Healthcheck as unknown as PropertyMap | undefined;
  const duration = (name: string): string => formatDuration(number(check?.[name]));
  return {
    id: info.Id,
    image: info.Config.Image,
    envs: list(info.Config.Env),
    labels: Object.entries(map(info.Config.Labels)).map(([label, value]) => ({ label, value })),
    ...(check && {
      healthcheck: {
        tests: list(check.Test),
        interval: duration("Interval"),
        timeout: duration("Timeout"),
        startPeriod: duration("StartPeriod"),
        startInterval: duration("StartInterval"),
        retries: number(check.Retries),
      },
    }),
  };
}

function list(value: Value | undefined): Value[] {
  return Array.isArray(value) ? value : [];
}

function map(value: Value | undefined): PropertyMap {
  return isObject(value) ? value : {};
}

function rates(value: Value | undefined): PropertyMap[] {
  return objects(value).map((entry) => ({ path: text(entry.Path), rate: number(entry.Rate) }));
}

function capabilities(host: PropertyMap): PropertyMap {
  const adds = list(host.CapAdd);
  const drops = list(host.CapDrop);
  return adds.length === 0 && drops.length === 0 ? {} : { capabilities: { adds, drops } };
}

function networkDatas(networks: ContainerInspectInfo["NetworkSettings"]["Networks"]): PropertyMap[] {
  return Object.entries(networks)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([networkName, network]) => ({
      networkName,
      ipAddress: network.IPAddress,
      ipPrefixLength: network.IPPrefixLen,
      gateway: network.Gateway,
      globalIpv6Address: network.GlobalIPv6Address,
      globalIpv6PrefixLength: network.GlobalIPv6PrefixLen,
      ipv6Gateway: network.IPv6Gateway,
      macAddress: network.MacAddress,
    }));
}

type PortMap = Record<string, { HostIp: string; HostPort: string }[] | null>;

/** The published ports, in the order of those asked for. */
function ports(published: PortMap | undefined, known: PropertyMap[]): PropertyMap[] {
  const found = Object.entries(published ?? {}).flatMap(([key, bindings]) => {
    const [internal, protocol = "tcp"] = key.split("/");
    return (bindings ?? []).map((binding) => ({
      internal: Number(internal),
      external: Number(binding.HostPort),
      ip: binding.HostIp,
      protocol,
    }));
  });
  // An engine with IPv6 publishes "all addresses" twice; the program asked for it once.
  const single = found.filter(
    (port) =>
      port.ip !== "::" ||
      !found.some(
        (twin) => twin.ip === "0.0.0.0" && twin.internal === port.internal && twin.protocol === port.protocol,
      ),
  );
  const position = (port: PropertyMap): number => {
    const index = known.findIndex((other) => isSamePort(other, port));
    return index < 0 ? known.length : index;
  };
  return single.sort((left, right) => position(left) - position(right) || left.internal - right.internal);
}

function isSamePort(planned: PropertyMap, found: PropertyMap): boolean {
  const isSame = (name: string): boolean => planned[name] === found[name];
  const external = planned.external;
  const isFixed = typeof external === "number" && external !== 0;
  return isSame("internal") && isSame("protocol") && isSame("ip") && (!isFixed || isSame("external"));
}
