import type * as pulumi from "@pulumi/pulumi";
import type { ServicePlan, ServicePlacement } from "../plan/servicePlan";
import type { ValidNatServiceArgs } from "../schema/natService";
import type { Target } from "../schema/platformRules";

/** A port of a running replica. */
export interface ReplicaPort {
  /** Port inside the container. */
  container: number;
  /** Port of the host; on a swarm 0 where none is published. */
  host: number;
  /** `tcp` or `udp`. */
  protocol: string;
}

/** A running replica. */
export interface Replica {
  /** `webapp-1`: the same after every roll. */
  name: string;
  /** The container's name on the engine and in its DNS; new after every roll. On a swarm the name of its place. */
  containerName: string;
  /** The engine's id of the container; on a swarm empty, as it changes without Pulumi. */
  containerId: string;
  /** The container's address in the network; on a swarm the name that all replicas share there. */
  address: string;
  /** Its published ports. */
  ports: ReplicaPort[];
}

/** A service that is planned, and its place. */
export interface ServiceSetting {
  /** The resource's name. */
  name: string;
  /** For messages: `NatService "webapp"`. */
  subject: string;
  target: Target;
  valid: ValidNatServiceArgs;
  placement: ServicePlacement;
  plan: ServicePlan;
  /** Name of the network. */
  network: pulumi.Output<string>;
}

/** What stands on the engine then. */
export interface ServiceOutputs {
  replicas: pulumi.Output<Replica[]>;
  endpoints: pulumi.Output<string[]>;
  containerNames: pulumi.Output<string[]>;
}

/**
 * What an orchestrator makes of a service's plan. Faults come while the plan is read, before the component
 * registers itself; resources come with the component that they are a part of.
 */
export type MakeService = (parent: pulumi.ComponentResource) => ServiceOutputs;
