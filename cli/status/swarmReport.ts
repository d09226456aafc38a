import { labelNames } from "../../sdk/plan/labels";
import type { Cluster, ClusterNode, ClusterService, ClusterTask } from "../../sdk/swarm/cluster";
import type { ClusterRule } from "../../sdk/swarm/clusterFinding";
import { clusterFindings } from "../../sdk/swarm/clusterRules";
import { fits } from "../../sdk/swarm/constraints";
import type { FarmContainer, FarmFilter } from "../engine/farmContainers";
import { duration, farmServices, farmTasks, lastFailed, replicaOf } from "../engine/farmTasks";
import { finding, type Finding, type FindingCode } from "./finding";
import { groups } from "./groups";
import type { FarmStatus, ReplicaStatus, ServiceStatus } from "./report";

/** A task that did not come up, or ended. */
export interface TaskFailure {
  replica: string;
  /** Empty when it had no node yet. */
  node: string;
  state: string;
  /** The engine's words. */
  error: string;
  generation: string;
  /** When, as the engine writes it. */
  time: string;
}

/** A node of a swarm as it is. */
export interface NodeStatus {
  name: string;
  platform: string;
  architecture: string;
  role: "manager" | "worker";
  /** True of the manager that leads. */
  leads: boolean;
  state: string;
  availability: string;
  address: string;
  engine: string;
  /** Tasks of farms that run there. */
  tasks: number;
}

/** A swarm as it is. */
export interface SwarmStatus {
  /** Whether the engine that was asked is a manager; a worker knows nothing of the rest. */
  manager: boolean;
  /** Managers there are, that can be reached, and that are needed for a majority. */
  managers: { all: number; reachable: number; needed: number };
  nodes: NodeStatus[];
  findings: Finding[];
}

/** How long a failure is told of that another task has made good. */
const rememberedSeconds = 86_400;

/** Judges a swarm and the farms on it by what its manager says. Pure. */
export function swarmReport(
  cluster: Cluster,
  filter: FarmFilter = {},
): { swarm: SwarmStatus; farms: FarmStatus[] } {
  const tasks = farmTasks(cluster, filter);
  const farms = groups(farmServices(cluster, filter), ({ labels }) =>
    [labels[labelNames.stack], labels[labelNames.farm]].join("\n"),
  ).map((services) => farmStatus(cluster, services, tasks));
  return { swarm: swarmStatus(cluster, tasks), farms };
}

function swarmStatus(cluster: Cluster, tasks: readonly FarmContainer[]): SwarmStatus {
  const managers = cluster.nodes.filter(({ role }) => role === "manager");
  return {
    manager: cluster.manager,
    managers: {
      all: managers.length,
      reachable: managers.filter(({ manager }) => manager?.reachable === true).length,
      needed: Math.floor(managers.length / 2) + 1,
    },
    nodes: cluster.nodes.map((node) => ({
      name: node.hostname,
      platform: node.os,
      architecture: node.architecture,
      role: node.role,
      leads: node.manager?.leader === true,
      state: node.state,
      availability: node.availability,
      address: node.address,
      engine: node.engineVersion,
      tasks: tasks.filter(({ task, state }) => task?.node === node.hostname && state === "running").length,
    })),
    findings: swarmFindings(cluster),
  };
}

/** What keeps the swarm, or this engine in it, from serving; what else there is to say of it is advice. */
const swarmProblems: Partial<Record<ClusterRule, FindingCode>> = {
  membership: "membership",
  quorum: "quorum",
  nodeDown: "nodeDown",
};

/** That the asked engine is a worker is no fault of the swarm, nor that somebody drained a node. */
const swarmAdvice: Partial<Record<ClusterRule, FindingCode>> = {
  manager: "manager",
  managers: "managers",
  nodeAway: "nodeAway",
};

function swarmFindings(cluster: Cluster): Finding[] {
  return clusterFindings(cluster, { platform: "linux", services: [] }).flatMap(
    ({ rule, verdict, message, hint = "" }): Finding[] => {
      const [problem, advice] = [swarmProblems[rule], swarmAdvice[rule]];
      if (verdict === "ok") return [];
      if (problem !== undefined) return [finding(problem, message, hint)];
      return advice === undefined ? [] : [finding(advice, message, hint, false)];
    },
  );
}

function farmStatus(
  cluster: Cluster,
  services: readonly ClusterService[],
  tasks: readonly FarmContainer[],
): FarmStatus {
  const { [labelNames.stack]: stack = "", [labelNames.farm]: farm = "" } = services[0]?.labels ?? {};
  const behindProxy = services.some(({ labels }) => labels[labelNames.service] === "proxy");
  const statuses = services
    .map((service) => serviceStatus(cluster, service, tasks, behindProxy))
    .sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  const findings = statuses.flatMap((status) => serviceFindings(status, cluster.time));
  return { stack, farm, orchestrator: "swarm", services: statuses, findings };
}

function serviceStatus(
  cluster: Cluster,
  service: ClusterService,
  tasks: readonly FarmContainer[],
  behindProxy: boolean,
): ServiceStatus {
  const name = service.labels[labelNames.service] ?? service.name;
  const found = behindProxy && !["proxy", "console"].includes(name);
  const replicas = tasks
    .filter(({ task }) => task?.service === service.name)
    .map((container): ReplicaStatus => ({
      name: container.replica,
      container: container.name,
      state: container.state,
      health: container.health,
      rotation: found ? "byName" : "none",
      generation: container.generation,
      image: container.image,
      address: container.address,
      ports: container.ports,
      since: container.since,
      node: container.task?.node ?? "",
    }));
  const failure = lastFailure(cluster, service, name);
  return {
    name,
    swarm: {
      service: service.name,
      wanted: service.replicas ?? cluster.nodes.filter((node) => runsGlobal(node, service)).length,
      ports: service.ports.map(({ target, published, protocol, mode }) => ({
        container: target,
        host: published,
        protocol,
        mode,
      })),
      ...(service.update === undefined ? {} : { update: service.update.state }),
      ...(failure === undefined ? {} : { failure }),
    },
    healthy: replicas.filter(serves).length,
    inRotation: 0,
    replicas,
  };
}

/** Whether a service that runs on each node has a task on this one. */
function runsGlobal(node: ClusterNode, { constraints }: ClusterService): boolean {
  return node.state === "ready" && node.availability === "active" && fits(node, constraints);
}

const serves = ({ state, health }: ReplicaStatus) =>
  state === "running" && (health === "healthy" || health === "unchecked");

function lastFailure(cluster: Cluster, service: ClusterService, name: string): TaskFailure | undefined {
  const failed = lastFailed(cluster, service);
  if (failed === undefined) return undefined;
  const node = cluster.nodes.find(({ id }) => id === failed.node);
  return {
    replica: replicaOf(failed, name, node),
    node: node?.hostname ?? "",
    state: failed.state,
    error: errorOf(failed),
    generation: failed.labels[labelNames.generation] ?? "",
    time: failed.since,
  };
}

const errorOf = ({ error, message }: ClusterTask) => (error === "" ? message : error);

/** What the manager says of a service's last update that a person should know. */
const updates: Readonly<Record<string, [code: FindingCode, problem: boolean, says: string, hint: string]>> = {
  updating: ["updating", false, "is being updated", "wait for its end; webfarm status --watch"],
  paused: ["updateStopped", true, "the update stopped half way", "mend the cause, then pulumi up"],
  rollback_started: ["rolledBack", true, "the update failed and is being rolled back", "wait for its end"],
  rollback_paused: [
    "updateStopped",
    true,
    "the update failed, and so did its rollback",
    "mend the cause, then pulumi up --refresh",
  ],
  rollback_completed: [
    "rolledBack",
    true,
    "the last update failed and was rolled back: what ran before runs again",
    "mend the image or settings, then pulumi up; the same once more: pulumi up --refresh, as the state has them already",
  ],
};

function serviceFindings(status: ServiceStatus, now: string): Finding[] {
  const { name, swarm, healthy, replicas } = status;
  if (swarm === undefined) return [];
  const logs = `look at webfarm logs --app ${name}`;
  const [code, problem, says = "", hint = ""] = updates[swarm.update ?? ""] ?? [];
  const coming = replicas.filter((replica) => !serves(replica));
  const few = healthy < swarm.wanted;
  // A task on its way, or an update, is no lack yet.
  const lacking = few && swarm.update !== "updating" && healthy + coming.filter(comes).length < swarm.wanted;
  return [
    ...(code === undefined ? [] : [finding(code, `${name}: ${says}`, hint, problem)]),
    ...comingFindings(name, coming),
    ...(lacking ? [finding("tooFew", `${name}: ${healthy} of ${swarm.wanted} tasks serve`, logs)] : []),
    ...failureFindings(swarm.failure, few, now, logs),
  ];
}

/** On its way, as far as is known. */
const comes = ({ state, node }: ReplicaStatus) => state !== "unknown" && node !== "";

/** One finding for all tasks that come; those that do not have one each. */
function comingFindings(name: string, coming: readonly ReplicaStatus[]): Finding[] {
  const onTheirWay = coming.filter(comes);
  const nodes = [...new Set(onTheirWay.map(({ node }) => node))].join(", ");
  const count = onTheirWay.length === 1 ? "1 task is" : `${onTheirWay.length} tasks are`;
  return [
    ...coming.filter((replica) => !comes(replica)).map(stuckFinding),
    ...(onTheirWay.length === 0
      ? []
      : [
          finding(
            "starting",
            `${name}: ${count} on the way, on ${nodes}`,
            "wait for the first check; an image may have to be pulled before",
            false,
          ),
        ]),
  ];
}

function stuckFinding({ name, state, node = "", since }: ReplicaStatus): Finding {
  if (state === "unknown") {
    const hint = "the swarm starts another one elsewhere, where it can";
    return finding("notRunning", `${name} is on ${node}, which does not answer`, hint);
  }
  const hint = "docker service ps says why; add nodes, or change constraints, limits or ports";
  return finding("notPlaced", `${name} has no node: ${since}`, hint);
}

function failureFindings(
  failure: TaskFailure | undefined,
  few: boolean,
  now: string,
  logs: string,
): Finding[] {
  if (failure === undefined) return [];
  const { replica, node, state, error, time } = failure;
  const seconds = Math.max(0, Math.round((Date.parse(now) - Date.parse(time)) / 1000));
  if (!few && seconds > rememberedSeconds) return [];
  const place = node === "" ? "" : ` on ${node}`;
  const message = `${replica} ${state === "rejected" ? "was rejected" : "failed"}${place} ${duration(seconds)} ago: ${error}`;
  return [finding("taskFailed", message, few ? logs : `another one runs since; ${logs}`, few)];
}
