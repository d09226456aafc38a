import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { planTask, type ReplicaPlan } from "../plan/servicePlan";
import { swarmServiceArgs, type SwarmPort } from "../swarm/serviceArgs";
import { taskTemplate } from "../swarm/taskSpec";
import { after } from "./after";
import type { MakeService, Replica, ServiceSetting } from "./orchestrated";
import { replicaContainers } from "./replicaContainers";
import { announceService, pinnedBySwarm } from "./servicePreview";
import { networkId } from "./swarmNetwork";
import { taskGate } from "./taskGate";

/** A service on a swarm: one service for all replicas, which the swarm rolls out, and the gate that waits for it. */
export function swarmService(setting: ServiceSetting): MakeService {
  const { name, subject, target, plan, valid, placement, network } = setting;
  const task = planTask(valid, placement);
  const planned = replicaContainers(
    { rollout: plan.rollout, replicas: [task] },
    target,
    network,
    valid.transform,
    subject,
  );
  const container = planned[0]?.args;
  if (container === undefined) throw new Error("a plan of one task gives one container");
  return (parent) => {
    const replicas = plan.replicas.length;
    const ports = publishedPorts(task);
    const { args, spec } = swarmServiceArgs({
      task: taskTemplate(container),
      labels: container.labels,
      platform: target.traits.name,
      constraints: valid.constraints,
      network: { id: networkId(network, parent), name: network, alias: plan.alias },
      ...{ replicas, ports, publishMode: "host" },
      rollout: plan.rollout,
      ...pinnedBySwarm(plan.owner, parent),
      checked: task.check !== undefined && task.check.tests[0] !== "NONE",
    });
    const service = new docker.Service(name, args, { parent, deleteBeforeReplace: ports.length > 0 });
    announceService({ app: plan.service, owner: plan.owner, task, valid, spec }, parent);
    const gate = taskGate(
      name,
      {
        name: plan.service,
        spec,
        service,
        replicas,
        stepSeconds: plan.gateDeadlineSeconds + task.stopGraceSeconds,
        failureLimit: valid.restart === "no" ? 1 : 3,
        placementSeconds: plan.rollout === "stopFirst" ? task.stopGraceSeconds + 10 : 10,
        secrets: [container.envs, container.command, container.entrypoints],
      },
      parent,
    );
    const names = plan.replicas.map(({ replica }) => replica);
    const described = service.name.apply((service) =>
      names.map((name, index) => describe(name, `${service}.${index + 1}`, plan.alias, task)),
    );
    return {
      containerNames: after(
        gate,
        described.apply((replicas) => replicas.map(({ containerName }) => containerName)),
      ),
      replicas: after(gate, described),
      endpoints: after(
        gate,
        pulumi.output(
          plan.endpointPort === undefined || replicas === 0 ? [] : [`${plan.alias}:${plan.endpointPort}`],
        ),
      ),
    };
  };
}

/** Ports without a number stay inside: the alias leads to all replicas, on whatever nodes they are. */
function publishedPorts({ ports }: ReplicaPlan): SwarmPort[] {
  return ports.flatMap(({ container, host, protocol }) =>
    host === undefined ? [] : [{ container, host, protocol }],
  );
}

/** A replica's place in the swarm: which container fills it, and where, is the swarm's to say and to change. */
function describe(name: string, containerName: string, address: string, { ports }: ReplicaPlan): Replica {
  return {
    ...{ name, containerName, address },
    containerId: "",
    ports: ports.map(({ container, host = 0, protocol }) => ({ container, host, protocol })),
  };
}
