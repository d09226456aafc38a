import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { NatServiceArgs } from "../args";
import { planService, type ReplicaPlan, type ServicePlan } from "../plan/servicePlan";
import { engineOf } from "../reload/engine";
import { waitUntilHealthy, type GatedReplica } from "../reload/healthGate";
import { redact, secretsAmong } from "../reload/redact";
import { natServiceSchema } from "../schema/natService";
import { nameIssues, serviceIssues } from "../schema/serviceRules";
import { serviceWarnings } from "../schema/serviceWarnings";
import { validate } from "../schema/validate";
import { after } from "./after";
import { claim, hostPortClaim, type Claim } from "./claims";
import { deferredOutput } from "./deferredOutput";
import { beforeEachChange } from "./hooks";
import { networkOf, stackLabel, targetOf } from "./placement";
import { replicaContainers, type ReplicaContainer } from "./replicaContainers";
import { messageOf } from "../errorText";

/** A port of a running replica. */
export interface ReplicaPort {
  /** Port inside the container. */
  container: number;
  /** Port of the host. */
  host: number;
  /** `tcp` or `udp`. */
  protocol: string;
}

/** A running replica. */
export interface Replica {
  /** `webapp-1`: the same after every roll. */
  name: string;
  /** The container's name on the engine and in its DNS; new after every roll. */
  containerName: string;
  /** The engine's id of the container. */
  containerId: string;
  /** The container's address in the network. */
  address: string;
  /** Its published ports. */
  ports: ReplicaPort[];
}

/**
 * One service: any number of replicas of one image that share one name on the network. Changes are
 * rolled out start-first: the new generation is created and must be healthy before the old one goes; with
 * `rollout: "stopFirst"` replica after replica.
 *
 * @throws FarmError with every fault of the arguments at once, before anything is created
 * @example
 * ```ts
 * const webapp = new NatService("webapp", {
 *   image: "andrew0928/mvcdemo:1.0",
 *   replicas: 2,
 *   ports: [{ container: 80 }],
 * });
 * export const endpoints = webapp.endpoints;
 * ```
 */
export class NatService extends pulumi.ComponentResource {
  /** The replicas; resolves when all of them are healthy. */
  readonly replicas: pulumi.Output<Replica[]>;
  /** `address:port` of each replica's first port; resolves when all replicas are healthy. */
  readonly endpoints: pulumi.Output<string[]>;
  /** Container names of the replicas, known in a preview too; resolves when all are healthy. */
  readonly containerNames: pulumi.Output<string[]>;
  /** The name that all replicas share on the network. */
  readonly alias: pulumi.Output<string>;
  /** The network that the replicas are in. */
  readonly network: pulumi.Output<string>;

  /**
   * @param name the resource's name; also its name on the network, unless `alias` is given
   * @param args the service
   * @param opts as for every component of Pulumi: `provider` chooses the engine
   * @throws FarmError with every fault of the arguments at once, before anything is created
   */
  constructor(name: string, args: NatServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    // Before anything is registered, so that a fault leaves no trace in the state.
    const subject = `NatService "${name}"`;
    const target = targetOf(args, subject);
    const issues = [...nameIssues(name), ...serviceIssues(args, target)];
    const valid = validate(natServiceSchema, args, subject, issues);
    const { traits, release } = target;
    const farm = valid.farm ?? name;
    const plan = planService(valid, {
      resourceStem: name,
      owner: { stack: stackLabel(), farm, service: serviceName(name, farm) },
      traits,
      release,
    });
    const network = deferredOutput<string>();
    const planned = replicaContainers(plan, target, network.output, valid.transform, subject);
    super("webfarm:index:NatService", name, {}, opts);

    claim(this, subject, hostPortsOf(plan));
    for (const warning of serviceWarnings({ image: valid.image, alias: plan.alias }, target)) {
      void pulumi.log.warn(`${name}: ${warning}`, this);
    }
    this.alias = pulumi.output(plan.alias);
    this.network = networkOf(name, valid.network, traits, farm, this, {
      [valid.alias === undefined ? "" : "alias"]: plan.alias,
    });
    network.resolve(this.network);
    const containers =
      plan.rollout === "stopFirst" ? this.stopFirst(plan, planned) : this.startFirst(planned);
    const gate = this.gate(name, plan, planned, containers);

    this.containerNames = after(gate, pulumi.all(containers.map((container) => container.name)));
    this.replicas = after(
      gate,
      pulumi.all(plan.replicas.map((replica, index) => describe(replica, containers[index]))),
    );
    this.endpoints = this.replicas.apply((replicas) =>
      plan.endpointPort === undefined ? [] : replicas.map(({ address }) => `${address}:${plan.endpointPort}`),
    );
    this.registerOutputs({
      replicas: this.replicas,
      endpoints: this.endpoints,
      alias: this.alias,
      network: this.network,
    });
  }

  /** All replicas side by side; the old generation stays until the reload has left it. */
  private startFirst(planned: readonly ReplicaContainer[]): docker.Container[] {
    return planned.map((container) =>
      // The plugin asks for delete-before-replace on every replacement, which is downtime.
      this.container(container, { deleteBeforeReplace: false }),
    );
  }

  /** One replica after the other: each waits for the one before it to be healthy before it is touched. */
  private stopFirst(plan: ServicePlan, planned: readonly ReplicaContainer[]): docker.Container[] {
    let previous: pulumi.Resource[] = [];
    return planned.map((each) => {
      const container = this.container(each, { deleteBeforeReplace: true, dependsOn: previous });
      previous = [this.gate(each.replica.resourceName, plan, [each], [container])];
      return container;
    });
  }

  private container(
    { replica, args }: ReplicaContainer,
    opts: pulumi.CustomResourceOptions,
  ): docker.Container {
    const { replaceOnChanges } = replica;
    return new docker.Container(replica.resourceName, args, { parent: this, replaceOnChanges, ...opts });
  }

  /**
   * A health gate: a Stash that holds the containers' names, so that it changes when a replica does,
   * and whose hook waits for them. A failed wait leaves its state behind, so the next `up` waits again.
   */
  private gate(
    name: string,
    plan: ServicePlan,
    planned: readonly ReplicaContainer[],
    containers: docker.Container[],
  ): pulumi.Stash {
    const engine = engineOf(this);
    const wait = async (hook: pulumi.ResourceHookArgs) => {
      const { replicas } = (hook.newInputs as { input: GateInput }).input;
      const before = (hook.oldInputs as { input?: GateInput } | undefined)?.input?.replicas ?? [];
      const passed = new Set(before.map(({ containerName }) => containerName));
      const gated = replicas.map((replica) => ({
        ...replica,
        passedBefore: passed.has(replica.containerName),
      }));
      // The app's last lines may hold what it was given in confidence.
      const given = planned.flatMap(({ args }) => [args.envs, args.command, args.entrypoints]);
      const secrets = await secretsAmong(given);
      await waitUntilHealthy(await engine(), gated, {
        service: plan.service,
        deadlineSeconds: plan.gateDeadlineSeconds,
        log: (line) => void pulumi.log.info(line, this),
        warn: (line) => void pulumi.log.warn(redact(line, secrets), this),
      }).catch((error: unknown) => {
        throw new Error(redact(messageOf(error), secrets));
      });
    };
    const gated = planned.map(({ replica }, index) => ({
      name: replica.replica,
      containerName: containers[index]?.name,
    }));
    return new pulumi.Stash(
      `${name}-healthy`,
      { input: { replicas: gated } },
      { parent: this, dependsOn: containers, hooks: beforeEachChange(wait) },
    );
  }
}

interface GateInput {
  replicas: GatedReplica[];
}

function hostPortsOf(plan: ServicePlan): Claim[] {
  return plan.replicas.flatMap(({ ports }) =>
    ports.flatMap(({ host, protocol }) =>
      host === undefined ? [] : [hostPortClaim("ports", `${host}/${protocol}`)],
    ),
  );
}

/** `webapp` of `shop-webapp` in the farm `shop`. */
function serviceName(name: string, farm: string): string {
  return name.startsWith(`${farm}-`) ? name.slice(farm.length + 1) : name;
}

function describe(plan: ReplicaPlan, container: docker.Container | undefined): pulumi.Output<Replica> {
  if (container === undefined) throw new Error(`no container for ${plan.resourceName}`);
  return pulumi
    .all([container.name, container.id, container.networkDatas, container.ports])
    .apply(([containerName, containerId, networks, ports]) => ({
      name: plan.replica,
      containerName,
      containerId,
      address: networks[0]?.ipAddress ?? "",
      ports: (ports ?? []).map((port) => ({
        container: port.internal,
        host: port.external,
        protocol: port.protocol ?? "tcp",
      })),
    }));
}
