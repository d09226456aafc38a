import { labelNames, type Owner } from "../plan/labels";
import type { Cluster, ClusterNode, ClusterService } from "./cluster";
import {
  counted,
  problem,
  warning,
  type ClusterFinding,
  type WantedOfCluster,
  type WantedPort,
  type WantedService,
} from "./clusterFinding";

/**
 * Judges the ports that a service wants.
 *
 * @param fitting the nodes that take its tasks
 */
export function portFindings(
  cluster: Cluster,
  service: WantedService,
  fitting: readonly ClusterNode[],
  wanted: WantedOfCluster,
): ClusterFinding[] {
  return (service.ports ?? []).flatMap((port) =>
    port.mode === "ingress"
      ? meshPort(cluster, service, port, wanted)
      : hostPort(cluster, service, port, fitting),
  );
}

/** A port of the routing mesh is there once in the whole swarm. */
function meshPort(
  cluster: Cluster,
  { owner }: WantedService,
  port: WantedPort,
  { platform, hostRelease }: WantedOfCluster,
): ClusterFinding[] {
  if (platform === "windows" && hostRelease === "2016") {
    const fault = { path: port.path, code: "refusedOnWindows" } as const;
    const hint = 'publishMode: "host": each node that runs a proxy answers on its own address';
    return [problem("ingress", fault, "Windows Server 2016 has no routing mesh", hint)];
  }
  const [holder] = holdersOf(cluster, owner, port);
  return holder === undefined ? [] : [taken(port, holder.name, "in the swarm")];
}

/** A port of the nodes themselves is there once on each. */
function hostPort(
  cluster: Cluster,
  { owner, replicas }: WantedService,
  port: WantedPort,
  fitting: readonly ClusterNode[],
): ClusterFinding[] {
  const holders = holdersOf(cluster, owner, port);
  const held = fitting.filter((node) => holders.some((holder) => isHeld(cluster, holder, port, node)));
  const free = fitting.length - held.length;
  const where = `on ${held.map(({ hostname }) => hostname).join(", ")}`;
  const by = holders.map(({ name }) => name).join(", ");
  if (held.length > 0 && (replicas === undefined || replicas > free)) return [taken(port, by, where)];
  if (fitting.length > 0 && replicas !== undefined && replicas > free) return [tooMany(port, replicas, free)];
  if (held.length === 0) return [];
  return [
    warning("port", `port ${port.port} is taken ${where} by the service ${by}: no task goes there`, advice),
  ];
}

const advice = "remove that service's port, keep both apart by constraints, or choose another port";

function taken({ path, port }: WantedPort, holder: string, where: string): ClusterFinding {
  const message = `port ${port} is taken ${where} by the service ${holder}`;
  return problem("port", { path, code: "conflict" }, message, advice);
}

function tooMany({ path, port }: WantedPort, replicas: number, nodes: number): ClusterFinding {
  return problem(
    "replicas",
    { path, code: "conflict" },
    `${replicas} replicas with port ${port} of their node do not fit on ${counted(nodes, "node")}: each has it once`,
    `let the engine choose the port, add nodes, or set replicas to at most ${nodes}`,
  );
}

/** Services of others that publish a port. */
function holdersOf({ services }: Cluster, owner: Owner, { port, protocol = "tcp" }: WantedPort) {
  return services.filter(
    (service) =>
      !isOwn(service, owner) &&
      service.ports.some((other) => other.published === port && other.protocol === protocol),
  );
}

function isOwn({ labels }: ClusterService, { stack, farm, service }: Owner): boolean {
  return (
    labels[labelNames.stack] === stack &&
    labels[labelNames.farm] === farm &&
    labels[labelNames.service] === service
  );
}

/** The routing mesh listens on every node, a task on its own. */
function isHeld(
  { tasks }: Cluster,
  holder: ClusterService,
  { port }: WantedPort,
  node: ClusterNode,
): boolean {
  if (holder.ports.some(({ published, mode }) => published === port && mode === "ingress")) return true;
  return tasks.some(
    (task) => task.service === holder.id && task.node === node.id && task.desired === "running",
  );
}
