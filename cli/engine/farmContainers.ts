import type Docker from "dockerode";
import { deploymentLabel, labelNames, swarmTaskLabel } from "../../sdk/plan/labels";
import { bounded } from "../../sdk/preflight/bounded";

/** What the engine's own check says of a container. */
export type Health = "healthy" | "unhealthy" | "starting" | "unchecked";

/** A container of a farm, as the engine lists it. */
export interface FarmContainer {
  id: string;
  name: string;
  /** `project/stack`. */
  stack: string;
  farm: string;
  service: string;
  /** `webapp-1`; of proxy and console their own names. */
  replica: string;
  generation: string;
  image: string;
  /** `running`, `exited`, `created` and so on. */
  state: string;
  health: Health;
  /** How long it is in its state, in the engine's words: `Up 3 minutes`. */
  since: string;
  /** When it was made, in seconds since 1970. */
  created: number;
  /** Identity of the deployment that it belongs to; empty for services that stand alone. */
  deployment: string;
  /** Its first address. */
  address: string;
  /** Its published ports. */
  ports: { container: number; host: number; protocol: string }[];
  /** On a swarm: the task that it is, the swarm's service, and the node that it is on. */
  task?: { id: string; service: string; node: string };
}

/** Which farms a command is about; all of the engine when nothing is said. */
export interface FarmFilter {
  farm?: string;
  /** `project/stack`, or a stack's name alone. */
  stack?: string;
}

/**
 * All containers that components of this library made on an engine, in the order of their names. Those of a
 * swarm's tasks are not among them: `farmTasks` has them, of all nodes.
 */
export async function farmContainers(docker: Docker, filter: FarmFilter = {}): Promise<FarmContainer[]> {
  const label = [filter.farm === undefined ? labelNames.farm : `${labelNames.farm}=${filter.farm}`];
  const found = await bounded(docker.listContainers({ all: true, filters: { label } }), 30);
  return found
    .filter(({ Labels }) => !(swarmTaskLabel in Labels))
    .map(containerOf)
    .filter(({ stack }) => isStack(stack, filter.stack))
    .sort(inOrder);
}

/** By stack, farm, service and replica. */
export function inOrder(a: FarmContainer, b: FarmContainer): number {
  return order(a).localeCompare(order(b), "en", { numeric: true });
}

const order = ({ stack, farm, service, replica, name }: FarmContainer) =>
  [stack, farm, service, replica, name].join("\n");

/** True when a label `project/stack` is the stack that was asked for. */
export function isStack(label: string, asked: string | undefined): boolean {
  return asked === undefined || label === asked || (!asked.includes("/") && label.endsWith(`/${asked}`));
}

/** A container of the engine's list. Pure. */
export function containerOf(info: Docker.ContainerInfo): FarmContainer {
  const { Id, Names, Labels, Image, State, Status, Ports } = info;
  const label = (name: keyof typeof labelNames) => Labels[labelNames[name]] ?? "";
  const [network] = Object.values(info.NetworkSettings.Networks);
  return {
    id: Id,
    name: (Names[0] ?? Id).replace(/^\//, ""),
    stack: label("stack"),
    farm: label("farm"),
    service: label("service"),
    replica: label("replica"),
    generation: label("generation"),
    image: Image,
    state: State,
    health: healthIn(Status),
    since: Status.replace(/ \([^)]*\)$/, ""),
    created: info.Created,
    deployment: Labels[deploymentLabel] ?? "",
    address: network?.IPAddress ?? "",
    ports: uniquePorts(Ports),
  };
}

/** The list tells health as a part of its words: `Up 3 minutes (health: starting)`. */
function healthIn(status: string): Health {
  const word = /\((?:health: )?(healthy|unhealthy|starting)\)$/.exec(status)?.[1];
  return (word as Health | undefined) ?? "unchecked";
}

/** An engine with IPv6 lists every published port twice. */
function uniquePorts(ports: readonly Docker.Port[]): FarmContainer["ports"] {
  const published = ports.flatMap(({ PrivatePort, PublicPort, Type }) =>
    // An engine leaves out what is not published, whatever the types say.
    (PublicPort as number | undefined) === undefined
      ? []
      : [{ container: PrivatePort, host: PublicPort, protocol: Type }],
  );
  return published.filter(
    (port, index) =>
      published.findIndex((other) => other.container === port.container && other.host === port.host) ===
      index,
  );
}
