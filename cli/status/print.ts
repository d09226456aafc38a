import { columns, type Colours } from "../io";
import type { FarmStatus, ReplicaStatus, Rotation, ServiceStatus, StatusReport } from "./report";

/** The report as lines of text. Pure. */
export function statusText({ farms, engine }: StatusReport, colours: Colours): string[] {
  if (farms.length === 0) {
    return [`There is no farm on the engine ${engine.version} at ${engine.host}.`];
  }
  return farms.flatMap((farm, index) => [...(index === 0 ? [] : [""]), ...farmText(farm, colours)]);
}

function farmText({ farm, stack, services, findings }: FarmStatus, colours: Colours): string[] {
  const problems = findings.filter(({ problem }) => problem).length;
  const verdict =
    problems === 0
      ? colours.green("all is well")
      : colours.red(problems === 1 ? "one problem" : `${problems} problems`);
  const rows = services.flatMap(({ replicas }) => replicas.map((replica) => replicaRow(replica, colours)));
  const lines = columns(rows).map((line) => `    ${line}`);
  return [
    `${colours.bold(farm)} (stack ${stack}): ${verdict}`,
    ...services.flatMap((service) => [
      `  ${serviceText(service)}`,
      ...lines.splice(0, service.replicas.length),
    ]),
    ...findings.flatMap(({ problem, message, hint }) => [
      `  ${problem ? colours.red("!") : colours.yellow("-")} ${message}`,
      `    -> ${hint}`,
    ]),
  ];
}

function serviceText({ name, healthy, inRotation, replicas }: ServiceStatus): string {
  const [first] = replicas;
  const count = `${name}: ${healthy} of ${replicas.length} healthy`;
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
  const { name, container, address, image, generation, since, rotation } = replica;
  const generationText = generation === "" ? "" : `generation ${generation}`;
  return [
    name,
    healthText(replica, colours),
    rotations[rotation],
    container,
    address,
    image,
    generationText,
    since,
  ];
}

function healthText({ state, health }: ReplicaStatus, colours: Colours): string {
  if (state !== "running") return colours.red(state);
  if (health === "healthy") return colours.green(health);
  if (health === "unhealthy") return colours.red(health);
  return health === "starting" ? colours.yellow(health) : "running";
}
