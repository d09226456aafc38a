import { cellHostConfig } from "../cell/hostConfig";
import type { HostRelease } from "../../sdk/args";
import {
  given,
  without,
  type ContainerConfig,
  type CreateBody,
  type EndpointSettings,
  type HealthSpec,
  type HostConfig,
  type PortBinding,
} from "./api";
import { labLabels, type FrontIdentity } from "./identity";
import type { WindowsMount } from "./mounts";
import { belowPath } from "./windowsPaths";

/** What an inspection shows of a container in place of what runs below. */
export interface Face {
  /** The release of Windows Server that the image stands for. */
  readonly release: HostRelease;
  readonly config: Partial<ContainerConfig>;
  readonly hostConfig: Partial<HostConfig>;
}

/** An image as far as a create needs to know it. */
export interface CreateImage {
  /** Its programs are Windows programs. */
  readonly isCell: boolean;
  readonly release: HostRelease;
  readonly config: ContainerConfig;
}

/** Where things of the Windows host are below. */
export interface Below {
  readonly identity: FrontIdentity;
  /** The directory that a host's path stands for. */
  readonly directory: (windowsPath: string) => string;
  /** Address that published ports are bound to. */
  readonly publishAddress: string;
  /** Variables and name servers for cells. */
  readonly environment: Readonly<Record<string, string>>;
  readonly dns: readonly string[];
}

/** Programs of the cell: the first starts a container's process, the second one beside it. */
export const cellRun = "/lab/run";
export const cellExec = "/lab/exec";

/**
 * A create request that Windows engines take as one that the engine below takes. What it asked for is kept
 * as a label, for inspections.
 */
export function createBelow(
  body: CreateBody,
  name: string | undefined,
  image: CreateImage,
  mounts: readonly WindowsMount[],
  below: Below,
): CreateBody {
  const host = body.HostConfig ?? {};
  const config: ContainerConfig = without(body, "HostConfig", "NetworkingConfig");
  const face = faceOf(config, host, image);
  return {
    ...config,
    ...(image.isCell ? cellProcess(face, config.Env ?? [], below.environment) : plainProcess(face.config)),
    Volumes: belowVolumes(face.config.Volumes),
    Labels: { ...config.Labels, ...below.identity.labels, [labLabels.face]: JSON.stringify(face) },
    HostConfig: {
      ...belowHostConfig(host, mounts, image, below),
      PublishAllPorts: false,
      PortBindings: belowPorts(bindingsOf(config, host, image), below.publishAddress),
    },
    NetworkingConfig: { EndpointsConfig: endpointsBelow(body, name, below.identity) },
  };
}

function faceOf(config: ContainerConfig, host: HostConfig, image: CreateImage): Face {
  const command = effectiveCommand(config, image.config);
  const health = effectiveHealth(config.Healthcheck, image.config.Healthcheck);
  return {
    release: image.release,
    config: {
      ...command,
      WorkingDir: given(config.WorkingDir) ?? image.config.WorkingDir ?? "",
      User: given(config.User) ?? image.config.User ?? "",
      ...(health && { Healthcheck: health }),
      Volumes: config.Volumes ?? image.config.Volumes ?? null,
      ...(typeof config.StopSignal === "string" && { StopSignal: config.StopSignal }),
    },
    hostConfig: {
      Binds: host.Binds ?? null,
      ...(host.Mounts && { Mounts: host.Mounts }),
      PortBindings: host.PortBindings ?? {},
      PublishAllPorts: host.PublishAllPorts ?? false,
      NetworkMode: given(host.NetworkMode) ?? "default",
      Isolation: given(host.Isolation) ?? "default",
      Links: host.Links ?? null,
      Dns: host.Dns ?? null,
      DnsOptions: host.DnsOptions ?? null,
      DnsSearch: host.DnsSearch ?? null,
      ExtraHosts: host.ExtraHosts ?? null,
      SecurityOpt: host.SecurityOpt ?? null,
      Init: host.Init ?? null,
      NanoCpus: host.NanoCpus ?? 0,
      CpuShares: host.CpuShares ?? 0,
      CpuPercent: host.CpuPercent ?? 0,
      CpuCount: host.CpuCount ?? 0,
      CpuQuota: host.CpuQuota ?? 0,
      IOMaximumIOps: host.IOMaximumIOps ?? 0,
      IOMaximumBandwidth: host.IOMaximumBandwidth ?? 0,
      Memory: host.Memory ?? 0,
      MemorySwap: 0,
      PidsLimit: null,
      Sysctls: null,
      // What every Linux container has, asked for or not.
      ShmSize: host.ShmSize ?? 0,
      IpcMode: host.IpcMode ?? "",
      CgroupnsMode: "",
      Runtime: "",
      MaskedPaths: null,
      ReadonlyPaths: null,
    },
  };
}

/** Entrypoint and command as the engine merges them: with an entrypoint of its own the image's command is gone. */
function effectiveCommand(
  config: ContainerConfig,
  image: ContainerConfig,
): { Entrypoint: string[] | null; Cmd: string[] | null } {
  const entrypoint = words(config.Entrypoint);
  const cmd = words(config.Cmd);
  const own = entrypoint.length > 0;
  const imageEntrypoint = Array.isArray(config.Entrypoint) && !own ? [] : words(image.Entrypoint);
  const all = own ? entrypoint : imageEntrypoint;
  const command = cmd.length > 0 || own ? cmd : words(image.Cmd);
  return { Entrypoint: all.length > 0 ? all : null, Cmd: command.length > 0 ? command : null };
}

/** The API takes a command as a list or as one word. */
function words(value: string | string[] | null | undefined): string[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  // The docker command line resets an image's entrypoint with one empty word.
  return (value ?? []).length === 1 && value?.[0] === "" ? [] : (value ?? []);
}

function effectiveHealth(
  asked: HealthSpec | null | undefined,
  image: HealthSpec | null | undefined,
): HealthSpec | undefined {
  if (!asked) return image ?? undefined;
  if (!image || (asked.Test ?? []).length > 0) return asked;
  const set = Object.entries(asked).filter(
    ([, value]) => value !== 0 && value !== null && value !== undefined,
  );
  return { ...image, ...Object.fromEntries(set) };
}

function cellProcess(
  { config: face, release }: Face,
  asked: readonly string[],
  environment: Readonly<Record<string, string>>,
): Partial<ContainerConfig> & { Env: string[] } {
  const directory = face.WorkingDir ?? "";
  const variables = {
    ...environment,
    WEBFARM_LAB_RELEASE: release,
    ...(directory !== "" && { WEBFARM_LAB_CWD: directory }),
  };
  return {
    Entrypoint: [cellRun],
    Cmd: [...words(face.Entrypoint), ...words(face.Cmd)],
    WorkingDir: directory === "" ? "/c" : belowPath(directory),
    User: "",
    Healthcheck: cellHealth(face.Healthcheck),
    StopSignal: "SIGTERM",
    Env: [...asked, ...Object.entries(variables).map(([variable, value]) => `${variable}=${value}`)],
  };
}

function cellHealth(health: HealthSpec | null | undefined): HealthSpec | null {
  const [kind, ...command] = health?.Test ?? [];
  if (kind === "CMD-SHELL") return { ...health, Test: ["CMD", cellExec, "cmd", "/S", "/C", ...command] };
  if (kind === "CMD") return { ...health, Test: ["CMD", cellExec, ...command] };
  return health ?? null;
}

/** A Linux program that stands in for a Windows one runs as it is; only Windows' own notions are taken out. */
function plainProcess(face: Partial<ContainerConfig>): Partial<ContainerConfig> {
  const directory = face.WorkingDir ?? "";
  return {
    WorkingDir: /^[a-z]:|\\/i.test(directory) ? belowPath(directory) : directory,
    User: /^Container(User|Administrator)$/i.test(face.User ?? "") ? "" : (face.User ?? ""),
  };
}

function belowVolumes(volumes: ContainerConfig["Volumes"]): Record<string, object> | null {
  if (!volumes) return null;
  return Object.fromEntries(
    Object.entries(volumes).map(([path, value]) => [/^[a-z]:/i.test(path) ? belowPath(path) : path, value]),
  );
}

function belowHostConfig(
  host: HostConfig,
  mounts: readonly WindowsMount[],
  image: CreateImage,
  below: Below,
): HostConfig {
  const rest: HostConfig = without(host, "Mounts", "Tmpfs", "CpuPercent", "CpuCount", "CpuQuota");
  return {
    ...rest,
    Binds: mounts.flatMap((mount) => belowBind(mount, below)),
    NetworkMode: networkBelow(host.NetworkMode ?? "", below.identity),
    Isolation: "",
    // Ignored by Windows engines without a word.
    Links: null,
    ExtraHosts: null,
    DnsOptions: null,
    DnsSearch: null,
    SecurityOpt: null,
    Dns: [...(host.Dns ?? []), ...(image.isCell ? below.dns : [])],
    Init: false,
    IOMaximumIOps: 0,
    IOMaximumBandwidth: 0,
    ...(image.isCell && {
      ...cellHostConfig,
      ...((host.Memory ?? 0) > 0 && { Memory: host.Memory }),
    }),
    ...belowCpus(host),
  };
}

/** Of the processor limits the engine below knows NanoCpus and the shares. */
function belowCpus({ CpuCount: count = 0, CpuPercent: percent = 0, CpuShares: shares = 0 }: HostConfig) {
  if (count > 0) return { NanoCpus: count * 1e9, CpuShares: 0 };
  if (shares > 0) return { CpuShares: Math.max(2, shares) };
  return percent > 0 ? { NanoCpus: percent * 1e7 } : {};
}

function belowBind({ type, source, target, readOnly }: WindowsMount, below: Below): string[] {
  // There are no pipes below; a container that mounts one starts and finds nothing there.
  if (type === "npipe") return [];
  const from = type === "bind" ? below.directory(source) : below.identity.below(source.toLowerCase());
  // An unnamed volume is one that the engine names.
  const prefix = source === "" ? "" : `${from}:`;
  return [`${prefix}${belowPath(target)}${readOnly ? ":ro" : ""}`];
}

/** The bindings asked for; `--publish-all` asks for one of each port that is exposed. */
function bindingsOf(
  config: ContainerConfig,
  host: HostConfig,
  image: CreateImage,
): HostConfig["PortBindings"] {
  if (!host.PublishAllPorts) return host.PortBindings;
  const exposed = Object.keys({ ...image.config.ExposedPorts, ...config.ExposedPorts });
  return { ...Object.fromEntries(exposed.map((port) => [port, [{}]])), ...host.PortBindings };
}

function belowPorts(
  bindings: HostConfig["PortBindings"],
  address: string,
): Record<string, PortBinding[] | null> {
  return Object.fromEntries(
    Object.entries(bindings ?? {}).map(([port, hostPorts]) => [
      port,
      (hostPorts ?? []).map(({ HostPort = "" }) => ({ HostIp: address, HostPort })),
    ]),
  );
}

/** The network below that a network mode names. */
export function networkBelow(mode: string, identity: FrontIdentity): string {
  if (mode === "none" || mode.startsWith("container:") || /^[0-9a-f]{64}$/.test(mode)) return mode;
  return identity.below(mode === "" || mode === "default" ? "nat" : mode);
}

/**
 * The endpoints below. A Windows engine's DNS knows a container by its name; below it has another one, so
 * the name becomes an alias.
 */
function endpointsBelow(
  body: CreateBody,
  name: string | undefined,
  identity: FrontIdentity,
): Record<string, EndpointSettings> {
  const mode = body.HostConfig?.NetworkMode ?? "";
  const asked = Object.entries(body.NetworkingConfig?.EndpointsConfig ?? {});
  if (asked.length === 0) {
    if (mode === "none" || mode.startsWith("container:")) return {};
    asked.push([mode, {}]);
  }
  return Object.fromEntries(
    asked.map(([network, settings]) => [networkBelow(network, identity), endpointBelow(settings, name)]),
  );
}

/** An endpoint's settings with the container's name as one of its aliases. */
export function endpointBelow(settings: EndpointSettings | null, name: string | undefined): EndpointSettings {
  const aliases = [...(settings?.Aliases ?? []), ...(name === undefined ? [] : [name])];
  return { ...settings, Aliases: [...new Set(aliases)] };
}
