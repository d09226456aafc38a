import type { ClusterNode, ClusterPort, ClusterService, ClusterTask } from "./cluster";

/** A node in the engine's words; only what is read of it, as dockerode has no type for it. */
export interface RawNode {
  ID: string;
  Spec: { Labels?: Record<string, string> | null; Role: string; Availability: string };
  Description: {
    Hostname?: string;
    Platform?: { Architecture?: string; OS?: string };
    Engine?: { EngineVersion?: string; Labels?: Record<string, string> | null };
  };
  Status: { State: string; Addr?: string };
  ManagerStatus?: { Leader?: boolean; Reachability?: string; Addr?: string } | null;
}

interface RawPort {
  TargetPort?: number;
  PublishedPort?: number;
  Protocol?: string;
  PublishMode?: string;
}

interface RawTaskSpec {
  ContainerSpec?: {
    Image?: string;
    Labels?: Record<string, string> | null;
    Healthcheck?: { Test?: string[] | null } | null;
    Configs?: { ConfigID: string }[] | null;
    Secrets?: { SecretID: string }[] | null;
  };
  Placement?: { Constraints?: string[] | null };
  Networks?: { Target: string }[] | null;
}

/** A service in the engine's words. */
export interface RawService {
  ID: string;
  CreatedAt?: string;
  Spec: {
    Name: string;
    Labels?: Record<string, string> | null;
    TaskTemplate: RawTaskSpec;
    Mode?: { Replicated?: { Replicas?: number } };
    EndpointSpec?: { Ports?: RawPort[] | null } | null;
  };
  UpdateStatus?: { State?: string; Message?: string } | null;
}

/** A task in the engine's words. */
export interface RawTask {
  ID: string;
  ServiceID?: string;
  Slot?: number;
  NodeID?: string;
  Spec: RawTaskSpec;
  DesiredState: string;
  Status: {
    State: string;
    Timestamp?: string;
    Message?: string;
    Err?: string;
    ContainerStatus?: { ContainerID?: string } | null;
    PortStatus?: { Ports?: RawPort[] | null } | null;
  };
  NetworksAttachments?: { Addresses?: string[] | null; Network?: { Spec?: { Ingress?: boolean } } }[] | null;
}

/** A node of the engine's list. Pure. */
export function nodeOf({ ID, Spec, Description, Status, ManagerStatus }: RawNode): ClusterNode {
  const { Hostname, Platform, Engine } = Description;
  return {
    id: ID,
    hostname: Hostname ?? ID,
    os: Platform?.OS ?? "",
    architecture: Platform?.Architecture ?? "",
    // A manager that joined from the machine itself has 0.0.0.0 as its status' address.
    address: ManagerStatus?.Addr?.replace(/:\d+$/, "") ?? Status.Addr ?? "",
    engineVersion: Engine?.EngineVersion ?? "",
    role: Spec.Role === "manager" ? "manager" : "worker",
    ...(ManagerStatus === null || ManagerStatus === undefined
      ? {}
      : {
          manager: {
            reachable: ManagerStatus.Reachability === "reachable",
            leader: ManagerStatus.Leader === true,
          },
        }),
    state: Status.State,
    availability: Spec.Availability,
    labels: Spec.Labels ?? {},
    engineLabels: Engine?.Labels ?? {},
  };
}

/** A service of the engine's list. Pure. */
export function serviceOf({ ID, CreatedAt, Spec, UpdateStatus }: RawService): ClusterService {
  const { ContainerSpec = {}, Placement, Networks } = Spec.TaskTemplate;
  const test = ContainerSpec.Healthcheck?.Test ?? [];
  const replicas = Spec.Mode?.Replicated?.Replicas;
  const update = UpdateStatus?.State;
  return {
    id: ID,
    name: Spec.Name,
    labels: Spec.Labels ?? {},
    image: ContainerSpec.Image ?? "",
    ...(replicas === undefined ? {} : { replicas }),
    constraints: Placement?.Constraints ?? [],
    ports: (Spec.EndpointSpec?.Ports ?? []).map(portOf),
    networks: (Networks ?? []).map(({ Target }) => Target),
    configs: (ContainerSpec.Configs ?? []).map(({ ConfigID }) => ConfigID),
    secrets: (ContainerSpec.Secrets ?? []).map(({ SecretID }) => SecretID),
    checked: test.length > 0 && test[0] !== "NONE",
    ...(update === undefined ? {} : { update: { state: update, message: UpdateStatus?.Message ?? "" } }),
    created: Date.parse(CreatedAt ?? "") / 1000 || 0,
  };
}

/** A task of the engine's list. Pure. */
export function taskOf({ ID, Spec, Status, ...task }: RawTask): ClusterTask {
  const address = task.NetworksAttachments?.find(({ Network }) => Network?.Spec?.Ingress !== true);
  return {
    id: ID,
    service: task.ServiceID ?? "",
    slot: task.Slot ?? 0,
    node: task.NodeID ?? "",
    container: Status.ContainerStatus?.ContainerID ?? "",
    labels: Spec.ContainerSpec?.Labels ?? {},
    image: Spec.ContainerSpec?.Image ?? "",
    state: Status.State,
    desired: task.DesiredState,
    message: Status.Message ?? "",
    error: Status.Err ?? "",
    since: Status.Timestamp ?? "",
    address: address?.Addresses?.[0]?.replace(/\/\d+$/, "") ?? "",
    ports: unique((Status.PortStatus?.Ports ?? []).map(portOf)),
  };
}

function portOf({ TargetPort, PublishedPort, Protocol, PublishMode }: RawPort): ClusterPort {
  return {
    target: TargetPort ?? 0,
    published: PublishedPort ?? 0,
    protocol: Protocol ?? "tcp",
    mode: PublishMode === "host" ? "host" : "ingress",
  };
}

/** An engine with IPv6 lists every port of a node twice. */
function unique(ports: readonly ClusterPort[]): ClusterPort[] {
  const key = ({ target, published, protocol }: ClusterPort) => `${target} ${published} ${protocol}`;
  return ports.filter((port, index) => ports.findIndex((other) => key(other) === key(port)) === index);
}
