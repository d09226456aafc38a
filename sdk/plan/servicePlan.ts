import type * as pulumi from "@pulumi/pulumi";
import type { HostRelease, RestartPolicy, Rollout } from "../args";
import type { PlatformTraits, Probe } from "../platform/platform";
import { releaseOf } from "../platform/releases";
import type { ValidNatServiceArgs } from "../schema/natService";
import { environmentOf, withoutTemplates } from "./environment";
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
  const { owner } = placement;
  const check = planCheck(args, placement);
  const replicas = Array.from({ length: args.replicas }, (_, index) =>
    planReplica(args, placement, index + 1, check),
  );
  return {
    service: owner.service,
    owner,
    alias: args.alias ?? owner.service,
    rollout: args.rollout,
    ...optional("endpointPort", args.ports[0]?.container),
    replicas,
    gateDeadlineSeconds: gateDeadline(check),
  };
}

/** One replica; of a number, or `task`: each of those that a swarm makes and numbers by itself. */
function planReplica(
  args: ValidNatServiceArgs,
  { owner, traits, resourceStem }: ServicePlacement,
  number: number | "task",
  check: CheckPlan | undefined,
): ReplicaPlan {
  const replica = number === "task" ? owner.service : `${owner.service}-${number}`;
  const swap = args.memoryMb === undefined ? undefined : traits.memorySwapMb(args.memoryMb);
  return {
    resourceName: number === "task" ? resourceStem : `${resourceStem}-${number}`,
    replica,
    image: args.image,
    hostname: args.alias ?? owner.service,
    environment: environmentOf(args, number === "task" ? `${replica}-${slot}` : replica),
    ...optional("command", args.command),
    ...optional("entrypoint", args.entrypoint),
    ...optional("workingDir", args.workingDir),
    ...optional("user", args.user),
    ports: portsOf(args, number === "task" ? 0 : number - 1),
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
}

/** What a swarm writes in place of it: the number of the task's replica. */
const slot = "{{.Task.Slot}}";

/**
 * Plans what each task of a swarm's service is: a replica without a number of its own. Swarms read templates in
 * environment variables; braces of the user's stay what they are.
 */
export function planTask(args: ValidNatServiceArgs, placement: ServicePlacement): ReplicaPlan {
  const environment = withoutTemplates(args.environment);
  const task = planReplica({ ...args, environment }, placement, "task", planCheck(args, placement));
  // Services have no such limit.
  delete task.memorySwapMb;
  return task;
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
