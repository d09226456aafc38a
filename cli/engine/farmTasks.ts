import { deploymentLabel, labelNames } from "../../sdk/plan/labels";
import type { Cluster, ClusterNode, ClusterService, ClusterTask } from "../../sdk/swarm/cluster";
import { inOrder, isStack, type FarmContainer, type FarmFilter, type Health } from "./farmContainers";

/** The services of farms, of a whole swarm. Pure. */
export function farmServices({ services }: Cluster, { farm, stack }: FarmFilter = {}): ClusterService[] {
  return services.filter(
    ({ labels }) =>
      labels[labelNames.farm] !== undefined &&
      (farm === undefined || labels[labelNames.farm] === farm) &&
      isStack(labels[labelNames.stack] ?? "", stack),
  );
}

/**
 * The tasks of farms that are to run, on all nodes, in the form of the containers that they are; also those that
 * no node has yet, or that do not come up. Pure.
 */
export function farmTasks(cluster: Cluster, filter: FarmFilter = {}): FarmContainer[] {
  const nodes = new Map(cluster.nodes.map((node) => [node.id, node]));
  return farmServices(cluster, filter)
    .flatMap((service) =>
      cluster.tasks
        .filter((task) => task.service === service.id && task.desired === "running")
        .map((task) => containerOfTask(task, service, nodes.get(task.node), cluster.time)),
    )
    .sort(inOrder);
}

/** The last task of a service that failed, or that its node refused; undefined when the manager remembers none. */
export function lastFailed({ tasks }: Cluster, service: ClusterService): ClusterTask | undefined {
  return tasks
    .filter((task) => task.service === service.id && ["failed", "rejected"].includes(task.state))
    .sort((a, b) => Date.parse(b.since) - Date.parse(a.since))[0];
}

/** The last task of each service that failed: its log is there for as long as the manager remembers it. Pure. */
export function failedTasks(cluster: Cluster, filter: FarmFilter = {}): FarmContainer[] {
  return farmServices(cluster, filter).flatMap((service) => {
    const task = lastFailed(cluster, service);
    if (task === undefined) return [];
    const node = cluster.nodes.find(({ id }) => id === task.node);
    return [containerOfTask(task, service, node, cluster.time)];
  });
}

function containerOfTask(
  task: ClusterTask,
  service: ClusterService,
  node: ClusterNode | undefined,
  now: string,
): FarmContainer {
  const { labels } = service;
  const name = labels[labelNames.service] ?? service.name;
  const replica = replicaOf(task, name, node);
  return {
    id: task.container,
    name: `${service.name}.${task.slot === 0 ? task.node : task.slot}`,
    stack: labels[labelNames.stack] ?? "",
    farm: labels[labelNames.farm] ?? "",
    service: name,
    replica,
    generation: task.labels[labelNames.generation] ?? "",
    image: task.image.replace(/@sha256:\w+$/, ""),
    ...stateOf(task, service, node),
    since: task.error === "" ? sinceText(task, now) : `${sinceText(task, now)}: ${task.error}`,
    created: Date.parse(task.since) / 1000 || 0,
    deployment: labels[deploymentLabel] ?? "",
    address: task.address,
    ports: task.ports.flatMap(({ target, published, protocol }) =>
      published === 0 ? [] : [{ container: target, host: published, protocol }],
    ),
    task: { id: task.id, service: service.name, node: node?.hostname ?? "" },
  };
}

/** `webapp-1`; of a service that runs on each node, `proxy@node1`. */
export function replicaOf({ slot, node: id }: ClusterTask, service: string, node?: ClusterNode): string {
  return slot === 0 ? `${service}@${node?.hostname ?? id}` : `${service}-${slot}`;
}

/** A task counts as running only once its check has passed; before that its container runs, and is starting. */
function stateOf(
  { state }: ClusterTask,
  { checked }: ClusterService,
  node: ClusterNode | undefined,
): { state: string; health: Health } {
  // The manager keeps the last it heard of a node's tasks.
  if (node !== undefined && node.state !== "ready") return { state: "unknown", health: "unchecked" };
  if (state === "running") return { state, health: checked ? "healthy" : "unchecked" };
  return checked && state === "starting"
    ? { state: "running", health: "starting" }
    : { state, health: "unchecked" };
}

/** How long a task is in its state: `running for 3 minutes`. */
export function sinceText({ state, since }: ClusterTask, now: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(now) - Date.parse(since)) / 1000));
  return Number.isNaN(seconds) ? state : `${state} for ${duration(seconds)}`;
}

/** `3 minutes`: as exact as a person wants it. */
export function duration(seconds: number): string {
  const [size, unit] = (
    [
      [86_400, "day"],
      [3600, "hour"],
      [60, "minute"],
    ] as const
  ).find(([size]) => seconds >= 2 * size) ?? [1, "second"];
  const count = Math.floor(seconds / size);
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
