import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { ReplicaPlan, ServicePlan } from "../plan/servicePlan";
import { engineOf } from "../reload/engine";
import { waitUntilHealthy, type GatedReplica } from "../reload/healthGate";
import { redact, secretsAmong } from "../reload/redact";
import { messageOf } from "../errorText";
import { after } from "./after";
import { beforeEachChange } from "./hooks";
import type { MakeService, Replica, ServiceSetting } from "./orchestrated";
import { replicaContainers, type ReplicaContainer } from "./replicaContainers";

/** A service on one host: a container for each replica, and the health gate that they pass together. */
export function hostService({ name, subject, target, plan, valid, network }: ServiceSetting): MakeService {
  const planned = replicaContainers(plan, target, network, valid.transform, subject);
  return (parent) => {
    const containers =
      plan.rollout === "stopFirst" ? stopFirst(plan, planned, parent) : startFirst(planned, parent);
    const gate = gateOf(name, plan, planned, containers, parent);
    const replicas = after(
      gate,
      pulumi.all(plan.replicas.map((replica, index) => describe(replica, containers[index]))),
    );
    return {
      containerNames: after(gate, pulumi.all(containers.map((container) => container.name))),
      replicas,
      endpoints: replicas.apply((replicas) =>
        plan.endpointPort === undefined
          ? []
          : replicas.map(({ address }) => `${address}:${plan.endpointPort}`),
      ),
    };
  };
}

/** All replicas side by side; the old generation stays until the reload has left it. */
function startFirst(
  planned: readonly ReplicaContainer[],
  parent: pulumi.ComponentResource,
): docker.Container[] {
  return planned.map((container) =>
    // The plugin asks for delete-before-replace on every replacement, which is downtime.
    containerOf(container, { parent, deleteBeforeReplace: false }),
  );
}

/** One replica after the other: each waits for the one before it to be healthy before it is touched. */
function stopFirst(
  plan: ServicePlan,
  planned: readonly ReplicaContainer[],
  parent: pulumi.ComponentResource,
): docker.Container[] {
  let previous: pulumi.Resource[] = [];
  return planned.map((each) => {
    const container = containerOf(each, { parent, deleteBeforeReplace: true, dependsOn: previous });
    previous = [gateOf(each.replica.resourceName, plan, [each], [container], parent)];
    return container;
  });
}

function containerOf(
  { replica, args }: ReplicaContainer,
  opts: pulumi.CustomResourceOptions,
): docker.Container {
  const { replaceOnChanges } = replica;
  return new docker.Container(replica.resourceName, args, { replaceOnChanges, ...opts });
}

/**
 * A health gate: a Stash that holds the containers' names, so that it changes when a replica does,
 * and whose hook waits for them. A failed wait leaves its state behind, so the next `up` waits again.
 */
function gateOf(
  name: string,
  plan: ServicePlan,
  planned: readonly ReplicaContainer[],
  containers: docker.Container[],
  parent: pulumi.ComponentResource,
): pulumi.Stash {
  const engine = engineOf(parent);
  const wait = async (hook: pulumi.ResourceHookArgs) => {
    const { replicas } = (hook.newInputs as { input: GateInput }).input;
    // What a swarm's gate has left in the state holds none.
    const before = (hook.oldInputs as { input?: Partial<GateInput> } | undefined)?.input?.replicas ?? [];
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
      log: (line) => void pulumi.log.info(line, parent),
      warn: (line) => void pulumi.log.warn(redact(line, secrets), parent),
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
    { parent, dependsOn: containers, hooks: beforeEachChange(wait) },
  );
}

interface GateInput {
  replicas: GatedReplica[];
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
