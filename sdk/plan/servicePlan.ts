import type * as pulumi from "@pulumi/pulumi";
import type { HostRelease, RestartPolicy } from "../args";
import { type PlatformTraits, type Probe } from "../platform/platform";
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
      ports: args.ports.map((port) => ({
        container: port.container,
        ...optional("host", port.host),
        protocol: port.protocol,
      })),
      mounts: args.volumes.map((volume) => ({
        ...optional("hostPath", volume.hostPath),
        ...optional("volume", volume.volume),
        containerPath: volume.containerPath,
        readOnly: volume.readOnly,
      })),
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
  return { service: owner.service, owner, alias, replicas, gateDeadlineSeconds: gateDeadline(check) };
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

function planCheck(args: ValidNatServiceArgs, { traits, release }: ServicePlacement): CheckPlan | undefined {
  const port = args.healthCheck?.port ?? firstTcpPort(args.ports);
  const probe = probeOf(args.healthCheck?.command, port, args.healthCheck?.path);
  if (probe === undefined) return undefined;
  const times = traits.checkTimes;
  return {
    tests: traits.probe(probe, release),
    intervalSeconds: args.healthCheck?.intervalSeconds ?? times.intervalSeconds,
    timeoutSeconds: args.healthCheck?.timeoutSeconds ?? times.timeoutSeconds,
    retries: args.healthCheck?.retries ?? 3,
    startPeriodSeconds: args.healthCheck?.startPeriodSeconds ?? times.startPeriodSeconds,
  };
}

function probeOf(command: string | undefined, port: number | undefined, path = "/"): Probe | undefined {
  if (command !== undefined) return { kind: "command", command };
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
