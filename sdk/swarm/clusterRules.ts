import type { Platform } from "../args";
import type { FarmIssue } from "../schema/farmError";
import type { Cluster, ClusterNode } from "./cluster";
import {
  counted,
  ok,
  problem,
  warning,
  type ClusterFinding,
  type WantedOfCluster,
  type WantedService,
} from "./clusterFinding";
import { portFindings } from "./clusterPorts";
import { fits } from "./constraints";

/** The problems alone, as faults for a `FarmError`. Pure. */
export function clusterFaults(cluster: Cluster, wanted: WantedOfCluster): FarmIssue[] {
  return clusterFindings(cluster, wanted).flatMap(({ fault, message, hint }): FarmIssue[] =>
    fault === undefined ? [] : [{ ...fault, message, ...(hint === undefined ? {} : { hint }) }],
  );
}

/** Judges a swarm for a farm, in the order in which a person would look. Pure. */
export function clusterFindings(cluster: Cluster, wanted: WantedOfCluster): ClusterFinding[] {
  const outside = membershipFinding(cluster);
  if (outside !== undefined) return [outside];
  const nodes = cluster.nodes.filter(({ os }) => os === wanted.platform);
  const findings = [
    managerFinding(cluster),
    platformFinding(cluster, wanted.platform),
    ...cluster.nodes.flatMap(nodeFindings),
    ...wanted.services.flatMap((service) => {
      const fitting = nodes.filter((node) => takesTasks(node) && fits(node, service.constraints ?? []));
      return [
        ...placementFindings(service, nodes, fitting),
        ...imageFindings(cluster, service, fitting, wanted),
        ...portFindings(cluster, service, fitting, wanted),
      ];
    }),
  ];
  // What is so for several services is said once.
  return findings.filter(
    ({ message }, index) => findings.findIndex((other) => other.message === message) === index,
  );
}

/** What to do about an engine whose membership is not sound, by its state. */
const membershipAdvice: Readonly<Record<string, string>> = {
  inactive:
    'docker swarm init makes it a swarm, docker swarm join takes it into one; or leave orchestrator at "host"',
  locked: "docker swarm unlock, with the key that docker swarm unlock-key printed on another manager",
  pending: "wait until it has joined; look at the engine's log when it does not",
  error: "look at the engine's log; docker swarm leave, then join again",
};

/** What keeps this engine from answering for a swarm at all. */
function membershipFinding({
  state,
  error,
  manager,
  managers,
  noQuorum,
}: Cluster): ClusterFinding | undefined {
  const path = "orchestrator";
  if (state !== "active") {
    const said = error === "" ? "" : `: ${error}`;
    const message = `the engine is in no swarm that works; its state there is ${state}${said}`;
    const hint = membershipAdvice[state] ?? "look at docker info";
    return problem("membership", { path, code: "conflict" }, message, hint);
  }
  if (!manager) {
    const known = managers.length === 0 ? "" : `, at ${managers.join(", ")}`;
    return problem(
      "manager",
      { path, code: "conflict" },
      "the engine is a worker of its swarm; only managers can be told what to run",
      `point docker:host or DOCKER_HOST at a manager${known}`,
    );
  }
  if (noQuorum === undefined) return undefined;
  return problem(
    "quorum",
    { path, code: "unreachable" },
    `the swarm's managers have no majority: what runs, runs on, but nothing can be changed (${noQuorum})`,
    "bring managers back; when they are lost for good: docker swarm init --force-new-cluster on one that is left",
  );
}

function managerFinding({ nodes }: Cluster): ClusterFinding {
  const all = nodes.filter(({ role }) => role === "manager");
  const away = all.filter(({ manager }) => manager?.reachable !== true);
  const needed = Math.floor(all.length / 2) + 1;
  const spare = all.length - away.length - needed;
  const left = `${spare === 0 ? "none" : spare}${away.length === 0 ? "" : " more"} may be lost`;
  const count = `${counted(all.length, "manager")}, ${needed} needed for a majority`;
  if (away.length > 0) {
    const names = away.map(({ hostname }) => hostname).join(", ");
    return warning("quorum", `${count}; ${names} cannot be reached, ${left}`, `look after ${names}`);
  }
  if (all.length % 2 === 0) {
    const message = `${count}, ${left}: as many as with ${all.length - 1}`;
    return warning("managers", message, "make it an odd number: docker node promote or docker node demote");
  }
  if (all.length === 1 && nodes.length > 1) {
    const message = "1 manager: without it tasks run on, but nothing is started again or changed";
    return warning("managers", message, "three managers bear the loss of one: docker node promote NODE");
  }
  return ok("managers", `${count}, ${left}`);
}

/** Mixed swarms are fine: Linux managers and Windows workers are how most of them are. */
function platformFinding({ nodes }: Cluster, wanted: Platform): ClusterFinding {
  const kinds = [...new Set(nodes.map(({ os, role }) => `${os} ${role}`))].map((kind) =>
    counted(nodes.filter(({ os, role }) => `${os} ${role}` === kind).length, kind),
  );
  if (!nodes.some(({ os }) => os === wanted)) {
    return problem(
      "platform",
      { path: "platform", code: "conflict" },
      `the swarm has no ${wanted} node: ${kinds.join(", ")}`,
      `let a ${wanted} engine join (docker swarm join-token worker prints how), or choose the other platform`,
    );
  }
  const mixed = nodes.some(({ os }) => os !== wanted) ? `; tasks go to the ${wanted} ones` : "";
  return ok("platform", `${kinds.join(", ")}${mixed}`);
}

const takesTasks = ({ state, availability }: ClusterNode) => state === "ready" && availability === "active";

function nodeFindings({ hostname, role, state, availability, address }: ClusterNode): ClusterFinding[] {
  if (state !== "ready") {
    const hint = `look after it at ${address}; when it is gone for good: docker node rm --force ${hostname}`;
    return [warning("nodeDown", `${hostname} is ${state}: its tasks run elsewhere, where they can`, hint)];
  }
  // Managers that do nothing else are drained on purpose.
  if (availability === "active" || (role === "manager" && availability === "drain")) return [];
  const word = availability === "drain" ? "drained" : "paused";
  const hint = `when it is to serve again: docker node update --availability active ${hostname}`;
  return [warning("nodeAway", `${hostname} is ${word}: it takes no new tasks`, hint)];
}

function placementFindings(
  { constraints = [], path, replicas }: WantedService,
  nodes: readonly ClusterNode[],
  fitting: readonly ClusterNode[],
): ClusterFinding[] {
  // A platform without any node has its own finding.
  if (nodes.length === 0 || replicas === 0 || fitting.length > 0) return [];
  if (nodes.some((node) => fits(node, constraints))) {
    const which = constraints.length === 0 ? "" : ` that fit ${constraints.join(" and ")}`;
    const message = `the nodes${which} take no tasks: all are down, drained or paused`;
    const hint = "look at docker node ls; docker node update --availability active NODE";
    return [problem("placement", { path, code: "conflict" }, message, hint)];
  }
  return [
    problem(
      "placement",
      { path: path === "" ? "constraints" : `${path}.constraints`, code: "conflict" },
      `no node of the platform fits ${constraints.join(" and ")}`,
      "give a node the label (docker node update --label-add NAME=VALUE NODE), or change the constraint",
    ),
  ];
}

/** Each node pulls for itself; what lies on a node is known of the asked engine's own only. */
function imageFindings(
  cluster: Cluster,
  { image }: WantedService,
  fitting: readonly ClusterNode[],
  { imagesOnNodes = false }: WantedOfCluster,
): ClusterFinding[] {
  if (image === undefined || image.onRegistry) return [];
  const without = fitting.filter(({ id }) => !(image.onEngine && id === cluster.node));
  if (without.length === 0) return [];
  const names = without.map(({ hostname }) => hostname).join(", ");
  if (imagesOnNodes) return [ok("image", `no registry gives ${image.name}: it must lie on ${names}`)];
  return [
    problem(
      "image",
      { path: image.path, code: "notFound" },
      `"${image.name}" is on no registry that the manager reaches, and tasks may go to ${names}`,
      "push it to a registry that all nodes reach; where it is loaded on each of them, set imagesOnNodes to true",
    ),
  ];
}
