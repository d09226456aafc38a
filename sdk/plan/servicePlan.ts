import type * as pulumi from "@pulumi/pulumi";
import type { HostRelease, RestartPolicy, Rollout } from "../args";
import type { PlatformTraits, Probe } from "../platform/platform";
import { releaseOf } from "../platform/releases";
import type { ValidNatServiceArgs } from "../schema/natService";
import { firstTcpPort } from "./ports";
import { containerLabels, type Label, type Owner } from "./labels";

/** A health check as the engine wants it; times in seconds. */
export interface CheckPlan {
  tests: string[];
  intervalSeconds: number;
  timeoutSeconds: number;
  retries: number;
  startPeriodSeconds: number;
}

/** Everything about one container of a service but the network it is in. */
export interface ReplicaPlan {
  /** Name of the Pulumi resource and stem of the container's name. */
  resourceName: string;
  /** `webapp-1`: the same in every farm, for people and for the app itself. */
  replica: string;
  image: pulumi.Input<string>;
  hostname: string;
  environment: pulumi.Input<string>[];
  command?: pulumi.Input<string>[];
  entrypoint?: pulumi.Input<string>[];
  workingDir?: string;
  user?: string;
  ports: { container: number; host?: number; protocol: "tcp" | "udp" }[];
  mounts: {
    hostPath?: pulumi.Input<string>;
    volume?: pulumi.Input<string>;
    containerPath: string;
    readOnly: boolean;
  }[];
  restart: RestartPolicy;
  memoryMb?: number;
  memorySwapMb?: number;
  cpus?: number;
  check?: CheckPlan;
  labels: Label[];
  stopGraceSeconds: number;
  replaceOnChanges: string[];
}

/** A service as plain data: what its component turns into resources, and tests read. */
export interface ServicePlan {
  /** The service's name inside its farm. */
  service: string;
  owner: Owner;
  alias: string;
  rollout: Rollout;
  /** Port of `endpoints`: the first one given. */
  endpointPort?: number;
  replicas: ReplicaPlan[];
  /** Seconds that the health gate waits at most for a whole generation. */
  gateDeadlineSeconds: number;
}

/** Where a service stands. */
export interface ServicePlacement {
  /** Stem of resource names: the service's name, or `<farm>-<service>`. */
  resourceStem: string;
  owner: Owner;
  traits: PlatformTraits;
  release: HostRelease;
}

/** Plans a service: pure and deterministic, the same arguments always give the same plan. */
export function planService(args: ValidNatServiceArgs, placement: ServicePlacement): ServicePlan {
  const { owner, traits } = placement;
  const alias = args.alias ?? owner.service;
  const check = planCheck(args, placement);
  const swap = args.memoryMb === undefined ? undefined : traits.memorySwapMb(args.memoryMb);
  const replicas = Array.from({ length: args.replicas }, (_, index): ReplicaPlan => {
    const replica = `${owner.service}-${index + 1}`;
    return {
      resourceName: `${placement.resourceStem}-${index + 1}`,
      replica,
      image: args.image,
      hostname: alias,
      environment: environmentOf(args, replica),
      ...optional("command", args.command),
      ...optional("entrypoint", args.entrypoint),
      ...optional("workingDir", args.workingDir),
      ...optional("user", args.user),
      ports: portsOf(args, index),
      mounts: mountsOf(args),
      restart: args.restart,
      ...optional("memoryMb", args.memoryMb),
      ...optional("memorySwapMb", swap),
      ...optional("cpus", args.cpus),
      ...optional("check", check),
      labels: containerLabels(owner, replica, args.generation, args.labels),
      stopGraceSeconds: args.stopGraceSeconds,
      replaceOnChanges: [...traits.replaceOnChanges],
    };
  });
  return {
    service: owner.service,
    owner,
    alias,
    rollout: args.rollout,
    ...optional("endpointPort", args.ports[0]?.container),
    replicas,
    gateDeadlineSeconds: gateDeadline(check),
  };
}

/** Sorted, as the mounts are: the docker plugin takes another order for a change that needs a new container. */
function portsOf(args: ValidNatServiceArgs, index: number): ReplicaPlan["ports"] {
  return args.ports
    .map(({ container, host, hostRange, protocol }) => ({
      container,
      ...optional("host", hostRange === undefined ? host : hostRange.from + index),
      protocol,
    }))
    .sort((one, other) => one.container - other.container || (one.protocol < other.protocol ? -1 : 1));
}

function mountsOf(args: ValidNatServiceArgs): ReplicaPlan["mounts"] {
  return args.volumes
    .map((volume) => ({
      ...optional("hostPath", volume.hostPath),
      ...optional("volume", volume.volume),
      containerPath: volume.containerPath,
      readOnly: volume.readOnly,
    }))
    .sort((one, other) => (one.containerPath < other.containerPath ? -1 : 1));
}

/** The replica's own name and generation travel in, so that an app can say who answered. */
function environmentOf(args: ValidNatServiceArgs, replica: string): pulumi.Input<string>[] {
  const own: Record<string, pulumi.Input<string>> = {
    WEBFARM_REPLICA: replica,
    WEBFARM_GENERATION: args.generation,
    ...args.environment,
  };
  return Object.keys(own)
    .sort()
    .map((name) => assignment(name, own[name] ?? ""));
}

function assignment(name: string, value: pulumi.Input<string>): pulumi.Input<string> {
  if (typeof value === "string") return `${name}=${value}`;
  if (value instanceof Promise) return value.then((text) => `${name}=${text}`);
  return value.apply((text) => `${name}=${text}`);
}

/** Also turns off the check that an image may bring along. */
const noCheck: CheckPlan = {
  tests: ["NONE"],
  intervalSeconds: 0,
  timeoutSeconds: 0,
  retries: 0,
  startPeriodSeconds: 0,
};

function planCheck(args: ValidNatServiceArgs, { traits, release }: ServicePlacement): CheckPlan | undefined {
  if (args.healthCheck?.enabled === false) return noCheck;
  const probe = probeOf(args);
  if (probe === undefined) return undefined;
  const { healthCheck: check } = args;
  const times = traits.checkTimes;
  // An older image on a newer host has the tools of its own release.
  const made = typeof args.image === "string" ? releaseOf(args.image) : undefined;
  return {
    tests: traits.probe(probe, made ?? release),
    intervalSeconds: check?.intervalSeconds ?? times.intervalSeconds,
    timeoutSeconds: check?.timeoutSeconds ?? times.timeoutSeconds,
    retries: check?.retries ?? 3,
    startPeriodSeconds: check?.startPeriodSeconds ?? times.startPeriodSeconds,
  };
}

function probeOf({ healthCheck, ports }: ValidNatServiceArgs): Probe | undefined {
  const { command, tcpPort, path = "/" } = healthCheck ?? {};
  if (command !== undefined) return { kind: "command", command };
  if (tcpPort !== undefined) return { kind: "tcp", port: tcpPort };
  const port = healthCheck?.port ?? firstTcpPort(ports);
  return port === undefined ? undefined : { kind: "http", port, path };
}

/**
 * The engine calls a replica unhealthy after its start period and `retries` failed checks at the latest;
 * the margin is for engines that start many containers at once.
 */
function gateDeadline(check: CheckPlan | undefined): number {
  const margin = 30;
  if (check === undefined) return margin;
  const lastCheck = (check.retries + 1) * (check.intervalSeconds + check.timeoutSeconds);
  return Math.ceil(check.startPeriodSeconds + lastCheck + margin);
}

/** A property that is only there when it has a value: `undefined` is a difference for Pulumi and for tests. */
function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}
