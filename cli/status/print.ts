import { columns, type Colours } from "../io";
import type { Finding } from "./finding";
import type { FarmStatus, ReplicaStatus, Rotation, ServiceStatus, StatusReport } from "./report";
import type { SwarmStatus } from "./swarmReport";

/** The report as lines of text. Pure. */
export function statusText({ farms, engine, swarm }: StatusReport, colours: Colours): string[] {
  const none = [`There is no farm on the engine ${engine.version} at ${engine.host}.`];
  const parts = [
    ...(swarm === undefined ? [] : [swarmText(swarm, colours)]),
    ...(farms.length === 0 ? [none] : farms.map((farm) => farmText(farm, colours))),
  ];
  return parts.flatMap((lines, index) => (index === 0 ? lines : ["", ...lines]));
}

function swarmText({ nodes, managers, findings }: SwarmStatus, colours: Colours): string[] {
  const { all, reachable, needed } = managers;
  const head =
    nodes.length === 0
      ? "its nodes are not known here"
      : `${nodes.length} nodes, ${reachable} of ${all} managers reached, ${needed} needed`;
  const rows = nodes.map((node) => [
    node.name,
    node.leads ? "leader" : node.role,
    node.platform,
    node.state === "ready" ? colours.green(node.state) : colours.red(node.state),
    node.availability === "active" ? node.availability : colours.yellow(node.availability),
    node.address,
    `Docker ${node.engine}`,
    `${node.tasks} ${node.tasks === 1 ? "task" : "tasks"} of farms`,
  ]);
  return [
    `${colours.bold("swarm")}: ${head}`,
    ...columns(rows).map((line) => `  ${line}`),
    ...findings.flatMap((finding) => findingText(finding, colours)),
  ];
}

function findingText({ problem, message, hint }: Finding, colours: Colours): string[] {
  return [`  ${problem ? colours.red("!") : colours.yellow("-")} ${message}`, `    -> ${hint}`];
}

function farmText({ farm, stack, orchestrator, services, findings }: FarmStatus, colours: Colours): string[] {
  const problems = findings.filter(({ problem }) => problem).length;
  const verdict =
    problems === 0
      ? colours.green("all is well")
      : colours.red(problems === 1 ? "one problem" : `${problems} problems`);
  const rows = services.flatMap(({ replicas }) => replicas.map((replica) => replicaRow(replica, colours)));
  const lines = columns(rows).map((line) => `    ${line}`);
  return [
    `${colours.bold(farm)} (stack ${stack}${orchestrator === "swarm" ? ", on the swarm" : ""}): ${verdict}`,
    ...services.flatMap((service) => [
      `  ${serviceText(service)}`,
      ...lines.splice(0, service.replicas.length),
    ]),
    ...findings.flatMap((finding) => findingText(finding, colours)),
  ];
}

function serviceText({ name, swarm, healthy, inRotation, replicas }: ServiceStatus): string {
  const [first] = replicas;
  const count = `${name}: ${healthy} of ${swarm?.wanted ?? replicas.length} healthy`;
  if (swarm !== undefined) {
    const published = swarm.ports.map(({ host, container, mode }) => {
      const where = mode === "host" ? "of the task's node" : "of every node, by the routing mesh";
      return `port ${host === 0 ? "of the engine's choice" : host} ${where} -> ${container}`;
    });
    return [count, ...(first?.rotation === "byName" ? ["found by name"] : []), ...published].join(", ");
  }
  const ports = replicas.length === 1 ? (first?.ports ?? []) : [];
  const published = ports.map(({ host, container }) => `port ${host} -> ${container}`);
  const routed = first?.rotation !== "none";
  const rotation = !routed
    ? []
    : [first?.rotation === "byName" ? "found by name" : `${inRotation} in rotation`];
  return [count, ...rotation, ...published].join(", ");
}

const rotations: Record<Rotation, string> = {
  in: "in rotation",
  unresolved: "not resolved",
  out: "not in rotation",
  byName: "by name",
  none: "",
};

function replicaRow(replica: ReplicaStatus, colours: Colours): string[] {
  const { name, container, address, image, generation, since, rotation, node } = replica;
  const generationText = generation === "" ? "" : `generation ${generation}`;
  return [
    name,
    healthText(replica, colours),
    // On a swarm all are found by name; which node has it says more.
    ...(node === undefined ? [rotations[rotation], container] : [node === "" ? "no node" : node]),
    address,
    image,
    generationText,
    since,
  ];
}

function healthText({ state, health }: ReplicaStatus, colours: Colours): string {
  if (transitional.has(state)) return colours.yellow(state);
  if (state !== "running") return colours.red(state);
  if (health === "healthy") return colours.green(health);
  if (health === "unhealthy") return colours.red(health);
  return health === "starting" ? colours.yellow(health) : "running";
}

/** What a swarm's task is before it runs. */
const transitional = new Set(["new", "allocated", "assigned", "accepted", "preparing", "ready", "starting"]);
