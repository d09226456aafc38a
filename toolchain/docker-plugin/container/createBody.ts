import {
  type PropertyMap,
  type Value,
  flag,
  isObject,
  isUnset,
  number,
  objects,
  text,
  textMap,
  texts,
} from "../values";
import { parseDuration } from "./duration";

const MEBIBYTE = 1024 * 1024;

/** The body of `POST /containers/create`. What is not set is left out: the engine's defaults apply. */
export function createBody(inputs: PropertyMap): object {
  const volumes = volumeSettings(objects(inputs.volumes));
  const ports = objects(inputs.ports);
  return withoutUnset({
    Hostname: text(inputs.hostname),
    Domainname: text(inputs.domainname),
    User: text(inputs.user),
    ExposedPorts: Object.fromEntries(ports.map((port) => [portKey(port), {}])),
    Tty: flag(inputs.tty),
    OpenStdin: flag(inputs.stdinOpen),
    Env: texts(inputs.envs),
    Cmd: texts(inputs.command),
    Entrypoint: texts(inputs.entrypoints),
    Healthcheck: isObject(inputs.healthcheck) ? healthcheck(inputs.healthcheck) : undefined,
    Image: text(inputs.image),
    Volumes: volumes.volumes,
    WorkingDir: text(inputs.workingDir),
    Labels: labelMap(inputs.labels),
    StopSignal: text(inputs.stopSignal),
    StopTimeout: inputs.stopTimeout,
    HostConfig: {
      ...hostConfig(inputs),
      Binds: volumes.binds,
      VolumesFrom: volumes.from,
      PortBindings: portBindings(ports),
    },
  });
}

function hostConfig(inputs: PropertyMap): Record<string, unknown> {
  const capabilities = isObject(inputs.capabilities) ? inputs.capabilities : {};
  return {
    ...limits(inputs),
    ...restartPolicy(inputs),
    LogConfig: { Type: text(inputs.logDriver), Config: textMap(inputs.logOpts) },
    NetworkMode: text(inputs.networkMode),
    AutoRemove: flag(inputs.rm),
    CapAdd: texts(capabilities.adds),
    CapDrop: texts(capabilities.drops),
    CgroupnsMode: text(inputs.cgroupnsMode),
    CgroupParent: text(inputs.cgroupParent),
    Devices: objects(inputs.devices).map((device) => ({
      PathOnHost: text(device.hostPath),
      PathInContainer: text(device.containerPath) || text(device.hostPath),
      CgroupPermissions: text(device.permissions) || "rwm",
    })),
    DeviceCgroupRules: texts(inputs.deviceCgroupRules),
    DeviceRequests: deviceRequests(inputs),
    Dns: texts(inputs.dns),
    DnsOptions: texts(inputs.dnsOpts),
    DnsSearch: texts(inputs.dnsSearches),
    ExtraHosts: objects(inputs.hosts).map(({ host, ip }) => `${text(host)}:${text(ip)}`),
    GroupAdd: texts(inputs.groupAdds),
    IpcMode: text(inputs.ipcMode),
    Mounts: objects(inputs.mounts).map(mount),
    PidMode: text(inputs.pidMode),
    Privileged: flag(inputs.privileged),
    PublishAllPorts: flag(inputs.publishAllPorts),
    ReadonlyRootfs: flag(inputs.readOnly),
    Runtime: text(inputs.runtime),
    SecurityOpt: texts(inputs.securityOpts),
    StorageOpt: textMap(inputs.storageOpts),
    Sysctls: textMap(inputs.sysctls),
    Tmpfs: textMap(inputs.tmpfs),
    Ulimits: objects(inputs.ulimits).map((ulimit) => ({
      Name: text(ulimit.name),
      Soft: number(ulimit.soft),
      Hard: number(ulimit.hard),
    })),
    UsernsMode: text(inputs.usernsMode),
    // Said explicitly: an engine whose configuration has `init` on would otherwise add one.
    Init: flag(inputs.init),
  };
}

/** Limits that the engine can also change on a container that exists. */
export function limits(inputs: PropertyMap): Record<string, unknown> {
  return {
    CpuShares: number(inputs.cpuShares),
    CpusetCpus: text(inputs.cpuSet),
    CpuPeriod: number(inputs.cpuPeriod),
    CpuQuota: number(inputs.cpuQuota),
    NanoCpus: Math.round(Number(text(inputs.cpus)) * 1e9),
    ...memoryLimits(inputs),
    ShmSize: number(inputs.shmSize) * MEBIBYTE,
    ...deviceRates(inputs),
  };
}

export function memoryLimits(inputs: PropertyMap): Record<string, number> {
  const swap = number(inputs.memorySwap);
  return {
    Memory: number(inputs.memory) * MEBIBYTE,
    MemoryReservation: number(inputs.memoryReservation) * MEBIBYTE,
    // -1 is no amount but means "no limit".
    MemorySwap: swap > 0 ? swap * MEBIBYTE : swap,
  };
}

export function restartPolicy(inputs: PropertyMap): Record<string, unknown> {
  return {
    RestartPolicy: { Name: text(inputs.restart), MaximumRetryCount: number(inputs.maxRetryCount) },
  };
}

export function deviceRates(inputs: PropertyMap): Record<string, unknown> {
  const rates = (name: string): object[] =>
    objects(inputs[name]).map(({ path, rate }) => ({ Path: text(path), Rate: number(rate) }));
  return {
    BlkioDeviceReadBps: rates("deviceReadBps"),
    BlkioDeviceReadIOps: rates("deviceReadIops"),
    BlkioDeviceWriteBps: rates("deviceWriteBps"),
    BlkioDeviceWriteIOps: rates("deviceWriteIops"),
  };
}

export function labelMap(value: Value | undefined): Record<string, string> {
  return Object.fromEntries(objects(value).map((entry) => [text(entry.label), text(entry.value)]));
}

function portKey(port: PropertyMap): string {
  return `${number(port.internal)}/${text(port.protocol)}`;
}

function portBindings(ports: PropertyMap[]): Record<string, object[]> {
  const bindings: Record<string, object[]> = {};
  for (const port of ports) {
    const binding = { HostIp: text(port.ip), HostPort: String(number(port.external)) };
    (bindings[portKey(port)] ??= []).push(binding);
  }
  return bindings;
}

function volumeSettings(volumes: PropertyMap[]): { volumes: object; binds: string[]; from: string[] } {
  const binds = volumes.flatMap((volume) => {
    const source = text(volume.hostPath) || text(volume.volumeName);
    if (source === "") return [];
    const relabel = text(volume.selinuxRelabel);
    const options = [flag(volume.readOnly) ? "ro" : "rw", ...(relabel === "" ? [] : [relabel])];
    return [`${source}:${text(volume.containerPath)}:${options.join(",")}`];
  });
  const paths = volumes.map((volume) => text(volume.containerPath)).filter((path) => path !== "");
  return {
    volumes: Object.fromEntries(paths.map((path) => [path, {}])),
    binds,
    from: volumes.map((volume) => text(volume.fromContainer)).filter((name) => name !== ""),
  };
}

export function healthcheck(check: PropertyMap): object {
  return withoutUnset({
    Test: texts(check.tests),
    Interval: parseDuration(text(check.interval)),
    Timeout: parseDuration(text(check.timeout)),
    StartPeriod: parseDuration(text(check.startPeriod)),
    StartInterval: parseDuration(text(check.startInterval)),
    Retries: number(check.retries),
  });
}

export function mount(spec: PropertyMap): object {
  const part = (name: string): PropertyMap | undefined => (isObject(spec[name]) ? spec[name] : undefined);
  const bind = part("bindOptions");
  const volume = part("volumeOptions");
  const tmpfs = part("tmpfsOptions");
  return withoutUnset({
    Type: text(spec.type),
    Target: text(spec.target),
    Source: text(spec.source),
    ReadOnly: flag(spec.readOnly),
    BindOptions: bind && { Propagation: text(bind.propagation) },
    VolumeOptions: volume && {
      NoCopy: flag(volume.noCopy),
      Labels: labelMap(volume.labels),
      DriverConfig: { Name: text(volume.driverName), Options: textMap(volume.driverOptions) },
      Subpath: text(volume.subpath),
    },
    TmpfsOptions: tmpfs && { SizeBytes: number(tmpfs.sizeBytes), Mode: number(tmpfs.mode) },
  });
}

function deviceRequests(inputs: PropertyMap): object[] {
  const requests = objects(inputs.deviceRequests).map((request) => ({
    Driver: text(request.driver),
    Count: number(request.count),
    DeviceIDs: texts(request.deviceIds),
    Capabilities: [texts(request.capabilities)],
    Options: textMap(request.options),
  }));
  const gpus = text(inputs.gpus);
  if (gpus === "") return requests;
  const [, devices] = /^device=(.+)$/.exec(gpus) ?? [];
  const selection = devices
    ? { DeviceIDs: devices.split(",") }
    : { Count: gpus === "all" ? -1 : Number(gpus) };
  return [...requests, { ...selection, Capabilities: [["gpu"]] }];
}

/** Leaves out what says nothing; `Init` says something also when it is false. */
export function withoutUnset(settings: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, setting]): [string, unknown][] => {
      const value = setting as Value | undefined;
      if (name === "Init") return [[name, value]];
      const inner =
        isObject(value) && !["ExposedPorts", "Volumes"].includes(name) ? withoutUnset(value) : value;
      return isUnset(inner as Value | undefined) ? [] : [[name, inner]];
    }),
  );
}
