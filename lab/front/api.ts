/** The parts of the engine's HTTP API that the front looks at; whatever else a body holds is passed on. */
export type JsonObject = Record<string, unknown>;

export interface PortBinding {
  HostIp?: string;
  HostPort?: string;
}

export interface MountSpec extends JsonObject {
  Type?: string;
  Source?: string;
  Target?: string;
  ReadOnly?: boolean;
  BindOptions?: { Propagation?: string } | null;
  VolumeOptions?: JsonObject | null;
}

export interface HealthSpec extends JsonObject {
  Test?: string[] | null;
}

export interface HostConfig extends JsonObject {
  Binds?: string[] | null;
  Mounts?: MountSpec[] | null;
  Tmpfs?: Record<string, string> | null;
  VolumesFrom?: string[] | null;
  NetworkMode?: string;
  PortBindings?: Record<string, PortBinding[] | null> | null;
  PublishAllPorts?: boolean;
  Isolation?: string;
  Privileged?: boolean;
  ReadonlyRootfs?: boolean;
  SecurityOpt?: string[] | null;
  Memory?: number;
  CpuShares?: number;
  CpuPercent?: number;
  CpuCount?: number;
  NanoCpus?: number;
  MemorySwappiness?: number | null;
  Dns?: string[] | null;
  RestartPolicy?: JsonObject;
}

/** What a container is made of, in a create request, an image and an inspection alike. */
export interface ContainerConfig extends JsonObject {
  Cmd?: string | string[] | null;
  Entrypoint?: string | string[] | null;
  Env?: string[] | null;
  Healthcheck?: HealthSpec | null;
  Labels?: Record<string, string> | null;
  User?: string;
  ExposedPorts?: Record<string, object> | null;
  Volumes?: Record<string, object> | null;
  WorkingDir?: string;
}

export interface EndpointSettings extends JsonObject {
  Aliases?: string[] | null;
}

export interface CreateBody extends ContainerConfig {
  Image?: string;
  HostConfig?: HostConfig | null;
  NetworkingConfig?: { EndpointsConfig?: Record<string, EndpointSettings | null> | null } | null;
}

export interface ExecBody extends JsonObject {
  Cmd?: string[] | null;
  Env?: string[] | null;
  User?: string;
  WorkingDir?: string;
}

export interface NetworkBody extends JsonObject {
  Name?: string;
  Driver?: string;
  EnableIPv6?: boolean;
  Internal?: boolean;
  Attachable?: boolean;
  Ingress?: boolean;
  Labels?: Record<string, string> | null;
  IPAM?: { Driver?: string; Config?: Record<string, unknown>[] | null } | null;
}

/** An answer that the engine gives instead of doing what it was asked; the words are its own. */
export class EngineRefusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = "EngineRefusal";
  }
}

/** A text that says something, or undefined: the API writes "not set" as the empty text, too. */
export function given(text: string | null | undefined): string | undefined {
  return text === null || text === "" ? undefined : text;
}

/** An object without some of its properties. */
export function without<T extends object, K extends keyof T>(value: T, ...names: K[]): Omit<T, K> {
  return Object.fromEntries(
    Object.entries(value).filter(([name]) => !(names as PropertyKey[]).includes(name)),
  ) as Omit<T, K>;
}
