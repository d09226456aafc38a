import { without, type ContainerConfig, type JsonObject, type PortBinding } from "./api";
import { cellExec, type Face } from "./create";
import { labLabels, visibleLabels, type FrontIdentity } from "./identity";
import { imageRelease, osVersion, type WindowsHost } from "./windowsHost";
import { windowsPath } from "./windowsPaths";

/** What the views need to know of the place. */
export interface View {
  readonly identity: FrontIdentity;
  readonly host: WindowsHost;
  /** The host's path that a directory below stands for, when it is one. */
  readonly hostPath: (below: string) => string | undefined;
}

interface NetworkView extends JsonObject {
  Aliases?: string[] | null;
}

interface MountView extends JsonObject {
  Type?: string;
  Source?: string;
  Destination?: string;
  Name?: string;
}

/** `GET /containers/ID/json` of the engine below. */
export interface Inspection extends JsonObject {
  Id: string;
  Name: string;
  State: { Running: boolean };
  Config: ContainerConfig;
  HostConfig: JsonObject;
  Mounts?: MountView[];
  NetworkSettings: {
    Ports?: Record<string, PortBinding[] | null>;
    Networks?: Record<string, NetworkView>;
  } & JsonObject;
}

/** What the front noted of a container when it made it. */
export function faceOfLabels(labels: Readonly<Record<string, string>> | null | undefined): Face | undefined {
  const text = labels?.[labLabels.face];
  return text === undefined ? undefined : (JSON.parse(text) as Face);
}

/** A container as a Windows engine's inspection shows it. */
export function showContainer(below: Inspection, view: View): JsonObject {
  const face = faceOfLabels(below.Config.Labels);
  const config = { ...below.Config, ...face?.config };
  const [path = "", ...args] = [...list(config.Entrypoint), ...list(config.Cmd)];
  const data = `C:\\ProgramData\\docker\\containers\\${below.Id}`;
  return {
    ...below,
    Path: path,
    Args: args,
    Platform: "windows",
    Driver: "windowsfilter",
    GraphDriver: {
      Name: "windowsfilter",
      Data: { dir: `C:\\ProgramData\\docker\\windowsfilter\\${below.Id}` },
    },
    ResolvConfPath: "",
    HostnamePath: "",
    HostsPath: "",
    LogPath: `${data}\\${below.Id}-json.log`,
    Config: {
      ...(face?.config.StopSignal === undefined ? without(config, "StopSignal") : config),
      Env: visibleEnvironment(below.Config.Env),
      Labels: visibleLabels(below.Config.Labels),
    },
    HostConfig: { ...below.HostConfig, ...face?.hostConfig },
    Mounts: (below.Mounts ?? []).map((mount) => showMount(mount, view)),
    NetworkSettings: {
      ...below.NetworkSettings,
      Ports: showPorts(below.NetworkSettings.Ports),
      Networks: showNetworks(below.NetworkSettings.Networks, view.identity.hide(below.Name).slice(1)),
    },
  };
}

function list(value: string | string[] | null | undefined): string[] {
  return typeof value === "string" ? [value] : (value ?? []);
}

function visibleEnvironment(environment: ContainerConfig["Env"]): string[] {
  return (environment ?? []).filter((variable) => !/^(WEBFARM_LAB_|WINE)/.test(variable));
}

function showMount(mount: MountView, { hostPath, identity }: View): MountView {
  const { Destination = "", Source = "", Name = "" } = mount;
  const source =
    mount.Type === "volume"
      ? `C:\\ProgramData\\docker\\volumes\\${identity.hide(Name)}\\_data`
      : (hostPath(Source) ?? Source);
  return { ...mount, Mode: "", Source: source, Destination: windowsPath(Destination) ?? Destination };
}

/** A Windows engine publishes on all of the host's addresses or not at all. */
function showPorts(ports: Inspection["NetworkSettings"]["Ports"]): typeof ports {
  return Object.fromEntries(
    Object.entries(ports ?? {}).map(([port, bindings]) => [
      port,
      bindings === null ? null : bindings.map((binding) => ({ ...binding, HostIp: "0.0.0.0" })),
    ]),
  );
}

function showNetworks(networks: Record<string, NetworkView> | undefined, name: string): typeof networks {
  return Object.fromEntries(
    Object.entries(networks ?? {}).map(([network, endpoint]) => {
      const aliases = (endpoint.Aliases ?? []).filter((alias) => alias !== name);
      return [network, { ...endpoint, Aliases: aliases.length === 0 ? null : aliases }];
    }),
  );
}

/** An entry of `GET /containers/json`. */
export interface ListedContainer extends JsonObject {
  Id: string;
  Names: string[];
  Command: string;
  Labels: Record<string, string>;
  Ports: JsonObject[];
  HostConfig?: { NetworkMode?: string };
  Mounts?: MountView[];
}

/** A container as a Windows engine lists it. */
export function showListed(below: ListedContainer, view: View): JsonObject {
  const face = faceOfLabels(below.Labels);
  const command = [...list(face?.config.Entrypoint), ...list(face?.config.Cmd)].join(" ");
  return {
    ...below,
    Command: face === undefined ? below.Command : command,
    Labels: visibleLabels(below.Labels),
    Ports: below.Ports.map((port) => ({ ...port, ...(port.IP !== undefined && { IP: "0.0.0.0" }) })),
    HostConfig: { NetworkMode: face?.hostConfig.NetworkMode ?? below.HostConfig?.NetworkMode },
    Mounts: (below.Mounts ?? []).map((mount) => showMount(mount, view)),
  };
}

/** `GET /images/NAME/json` of the engine below. */
export interface ImageInspection extends JsonObject {
  Id: string;
  RepoTags?: string[] | null;
  Config?: ContainerConfig | null;
  ContainerConfig?: ContainerConfig | null;
}

/** The settings of an image as Windows engines show them; containers are created from these too. */
export function showImageConfig(config: ContainerConfig | null | undefined): ContainerConfig {
  const directory = config?.WorkingDir ?? "";
  return {
    ...config,
    WorkingDir: windowsPath(directory) ?? directory,
    Env: visibleEnvironment(config?.Env),
    Labels: visibleLabels(config?.Labels),
    ...(config?.Volumes && {
      Volumes: Object.fromEntries(
        Object.entries(config.Volumes).map(([path, value]) => [windowsPath(path) ?? path, value]),
      ),
    }),
  };
}

/** An image as a Windows engine's inspection shows it. */
export function showImage(below: ImageInspection, { host }: View): JsonObject {
  const release = imageRelease(below.RepoTags?.join(" ") ?? "", below.Config?.Labels ?? {}, host);
  return {
    ...below,
    Os: "windows",
    OsVersion: osVersion(release),
    Config: showImageConfig(below.Config),
    ...(below.ContainerConfig && { ContainerConfig: showImageConfig(below.ContainerConfig) }),
  };
}

interface NetworkInspection extends JsonObject {
  Name: string;
  Id: string;
  Driver: string;
  Labels?: Record<string, string> | null;
  Options?: Record<string, string> | null;
  IPAM?: JsonObject;
}

/** A network as a Windows engine shows it, in a list and in an inspection. */
export function showNetwork(below: NetworkInspection, { identity }: View): JsonObject {
  if (below.Driver === "null") return below;
  return {
    ...below,
    Driver: "nat",
    IPAM: { ...below.IPAM, Driver: "windows" },
    Options: {
      ...below.Options,
      "com.docker.network.windowsshim.hnsid": hnsId(below.Id),
      "com.docker.network.windowsshim.networkname": identity.hide(below.Name),
    },
    Labels: visibleLabels(below.Labels),
  };
}

/** The host's network service gives each network a GUID; here it is part of the engine's own id. */
function hnsId(id: string): string {
  return id.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** `GET /volumes/NAME` as a Windows engine shows it. */
export function showVolume(below: JsonObject, { identity }: View): JsonObject {
  const name = identity.hide(String(below.Name));
  return {
    ...below,
    Mountpoint: `C:\\ProgramData\\docker\\volumes\\${name}\\_data`,
    Labels: visibleLabels(below.Labels as Record<string, string> | null),
  };
}

/** `GET /exec/ID/json`: the command without the program that runs it below. */
export function showExec(below: JsonObject): JsonObject {
  const process = below.ProcessConfig as
    ({ entrypoint: string; arguments: string[] } & JsonObject) | undefined;
  if (process?.entrypoint !== cellExec) return below;
  const [entrypoint = "", ...args] = process.arguments;
  return { ...below, ProcessConfig: { ...process, entrypoint, arguments: args } };
}
