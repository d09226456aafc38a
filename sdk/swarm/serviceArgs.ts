import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Platform, PublishMode, Rollout } from "../args";
import { deploymentLabel } from "../plan/labels";
import { digestOf } from "../plan/proxyPlan";
import { withoutUndefined } from "../plan/withoutUndefined";
import type { PinnedImage } from "./pinnedImage";
import type { TaskTemplate } from "./taskSpec";

/** A service of a swarm as plain data, but for outputs that are not known yet. */
export interface SwarmServicePlan {
  task: TaskTemplate;
  labels: docker.ContainerArgs["labels"];
  platform: Platform;
  constraints: readonly string[];
  /** The overlay network, and the service's name there. */
  network: { id: pulumi.Input<string>; name: pulumi.Input<string>; alias: string };
  /** Files of the swarm that each task has. */
  files?: SwarmFiles;
  /** How many tasks; undefined for one on each node that fits. */
  replicas?: number;
  rollout: Rollout;
  /** True when a task counts as running only once it is healthy. */
  checked: boolean;
  ports: readonly SwarmPort[];
  publishMode: PublishMode;
  /** What the swarm has pinned the image to, for tasks with that digest. @default nothing */
  pinned?: (
    spec: pulumi.Output<string>,
    image: pulumi.Input<string>,
  ) => pulumi.Output<PinnedImage | undefined>;
}

/** Configs and secrets of the swarm, and a digest of their contents: their ids are new with each content. */
export interface SwarmFiles {
  configs: docker.types.input.ServiceTaskSpecContainerSpecConfig[];
  secrets: pulumi.Input<docker.types.input.ServiceTaskSpecContainerSpecSecret[]>;
  digest: pulumi.Input<string>;
}

/** A published port. */
export interface SwarmPort {
  container: number;
  host: number;
  protocol: "tcp" | "udp";
}

/** On each task's container: the digest of what it is, by which a task of this settings is told from another. */
export const specLabel = "webfarm.spec";

/** A service for the docker plugin, and the digest of what its tasks are. */
export interface SwarmServiceArgs {
  args: docker.ServiceArgs;
  spec: pulumi.Output<string>;
}

/** A service as the docker plugin wants it. It has no name: the plugin draws one, as with containers. */
export function swarmServiceArgs(plan: SwarmServicePlan): SwarmServiceArgs {
  const { task, labels, replicas } = plan;
  const order = plan.rollout === "startFirst" ? "start-first" : "stop-first";
  const rolling = {
    parallelism: parallelism(replicas),
    delay: "0s",
    // How long a task must run to count as good. A health check has proven more by then.
    monitor: plan.checked ? "2s" : "5s",
    maxFailureRatio: "0.0",
    order,
  };
  const { id, name, alias } = plan.network;
  const { configs, secrets, digest } = plan.files ?? {};
  // Names and contents in place of ids, which a preview does not know yet. A port of the node is a task's own: with
  // another one the swarm replaces each, and the gate has to wait for them.
  const ports = onHostPorts(plan) ? plan.ports : undefined;
  const spec = pulumi
    .output({ ...withoutIdentity(task), network: name, alias, digest, ports })
    .apply((known) => digestOf(canonical(known)).slice(0, 16));
  const { image } = task.containerSpec;
  const pinned = plan.pinned?.(spec, image);
  const args: docker.ServiceArgs = {
    ...(labels === undefined ? {} : { labels: labels }),
    mode: replicas === undefined ? { global: true } : { replicated: { replicas } },
    taskSpec: {
      ...task,
      containerSpec: withoutUndefined({
        ...withSpecLabel(task.containerSpec, spec),
        image:
          pinned === undefined
            ? image
            : pulumi.all([image, pinned]).apply(([image, pinned]) => pinned?.image ?? image),
        ...{ configs, secrets },
      }),
      networksAdvanceds: [{ id, aliases: [alias] }],
      placement: withoutUndefined({
        constraints: [`node.platform.os == ${plan.platform}`, ...plan.constraints],
        // A port of the node is there once.
        maxReplicas: replicas !== undefined && onHostPorts(plan) ? 1 : undefined,
        platforms: pinned?.apply((pinned) => [...(pinned?.platforms ?? [])]),
      }),
    },
    updateConfig: { ...rolling, failureAction: "rollback" },
    rollbackConfig: { ...rolling, failureAction: "pause" },
    endpointSpec: {
      // Names lead to the tasks themselves: no virtual address, which needs ipvs and which Windows Server 2016 lacks.
      mode: plan.publishMode === "ingress" && plan.ports.length > 0 ? "vip" : "dnsrr",
      ports: plan.ports.map(({ container, host, protocol }) => ({
        targetPort: container,
        publishedPort: host,
        protocol,
        publishMode: plan.publishMode,
      })),
    },
  };
  return { args, spec };
}

/** How many tasks of a service change at a time: one, and of many a tenth. */
export function parallelism(replicas = 1): number {
  return Math.max(1, Math.ceil(replicas / 10));
}

function onHostPorts({ ports, publishMode }: SwarmServicePlan): boolean {
  return ports.length > 0 && publishMode === "host";
}

/** The identity of a deployment never changes, and is drawn by its first `up`. */
function withoutIdentity(task: TaskTemplate): TaskTemplate {
  const { labels } = task.containerSpec;
  if (!Array.isArray(labels)) return task;
  const others = labels.filter((entry) => (entry as { label?: unknown }).label !== deploymentLabel);
  return { ...task, containerSpec: { ...task.containerSpec, labels: others } };
}

/** Nodes and the number of tasks are no part of what a task is: a change of them alone replaces none. */
function withSpecLabel(
  containerSpec: TaskTemplate["containerSpec"],
  spec: pulumi.Output<string>,
): TaskTemplate["containerSpec"] {
  const label = { label: specLabel, value: spec };
  const { labels } = containerSpec;
  return {
    ...containerSpec,
    labels: Array.isArray(labels)
      ? [...labels, label]
      : pulumi.output(labels).apply((labels) => [...(labels ?? []), label] as never),
  };
}

/** The same text whatever the order of properties. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  );
}
