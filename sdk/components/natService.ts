import * as pulumi from "@pulumi/pulumi";
import type { NatServiceArgs, Orchestrator } from "../args";
import { planService, type ServicePlan } from "../plan/servicePlan";
import { natServiceSchema } from "../schema/natService";
import { nameIssues, serviceIssues } from "../schema/serviceRules";
import { serviceWarnings } from "../schema/serviceWarnings";
import { validate } from "../schema/validate";
import { wantedService } from "../swarm/wanted";
import { claim, hostPortClaim, type Claim } from "./claims";
import { deferredOutput } from "./deferredOutput";
import { hostService } from "./hostService";
import type { MakeService, Replica, ServiceSetting } from "./orchestrated";
import { networkOf, stackLabel, targetOf } from "./placement";
import { swarmService } from "./swarmService";

export type { Replica, ReplicaPort } from "./orchestrated";

/** What each orchestrator makes of a plan. */
const orchestrators: Record<Orchestrator, (setting: ServiceSetting) => MakeService> = {
  host: hostService,
  swarm: swarmService,
};

/**
 * One service: any number of replicas of one image that share one name on the network. Changes are
 * rolled out start-first: the new generation is created and must be healthy before the old one goes; with
 * `rollout: "stopFirst"` replica after replica. On a swarm it is one service, which the swarm rolls out one replica
 * after the other (of more than ten a tenth at a time), and rolls back when a new one fails.
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
  /**
   * The replicas; resolves when all of them are healthy. On a swarm these are their places, which it fills with
   * containers of its own choice: known in a preview too, and the same wherever they run.
   */
  readonly replicas: pulumi.Output<Replica[]>;
  /**
   * `address:port` of each replica's first port; on a swarm `alias:port`, which leads to all of them from within the
   * network. Resolves when all replicas are healthy.
   */
  readonly endpoints: pulumi.Output<string[]>;
  /**
   * Container names of the replicas, on a swarm `SERVICE.1` and so on; known in a preview too. Resolves when all are
   * healthy.
   */
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
    const owner = { stack: stackLabel(), farm, service: serviceName(name, farm) };
    const placement = { resourceStem: name, owner, traits, release };
    const plan = planService(valid, placement);
    const network = deferredOutput<string>();
    const make = orchestrators[target.orchestrator]({
      ...{ name, subject, target, valid, placement, plan },
      network: network.output,
    });
    super("webfarm:index:NatService", name, {}, opts);

    claim(this, subject, hostPortsOf(plan));
    for (const warning of serviceWarnings({ ...valid, alias: plan.alias }, target)) {
      void pulumi.log.warn(`${name}: ${warning}`, this);
    }
    this.alias = pulumi.output(plan.alias);
    const names = { [valid.alias === undefined ? "" : "alias"]: plan.alias };
    const wanted = [wantedService(valid, owner)];
    this.network = networkOf({ name, farm, target, given: valid.network, names, wanted }, this);
    network.resolve(this.network);
    const { replicas, endpoints, containerNames } = make(this);
    this.replicas = replicas;
    this.endpoints = endpoints;
    this.containerNames = containerNames;
    this.registerOutputs({
      replicas: this.replicas,
      endpoints: this.endpoints,
      alias: this.alias,
      network: this.network,
    });
  }
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
