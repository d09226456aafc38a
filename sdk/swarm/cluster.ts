import type Docker from "dockerode";
import { messageOf } from "../errorText";
import { bounded } from "../preflight/bounded";
import { nodeOf, serviceOf, taskOf, type RawNode, type RawService, type RawTask } from "./clusterAnswers";

/** A machine of the swarm. */
export interface ClusterNode {
  id: string;
  hostname: string;
  /** `windows` or `linux`. */
  os: string;
  architecture: string;
  address: string;
  engineVersion: string;
  role: "manager" | "worker";
  /** Of a manager: whether the others reach it, and whether it leads. */
  manager?: { reachable: boolean; leader: boolean };
  /** `ready` when it runs tasks; `down`, `disconnected` or `unknown` else. */
  state: string;
  /** `active` takes new tasks, `pause` keeps what it has, `drain` has none. */
  availability: string;
  labels: Readonly<Record<string, string>>;
  /** Labels of the engine's own configuration. */
  engineLabels: Readonly<Record<string, string>>;
}

/** A port that a service publishes. */
export interface ClusterPort {
  /** Port in the container. */
  target: number;
  /** Port of the node; 0 when the engine chooses. */
  published: number;
  protocol: string;
  /** `host`: on the nodes that run a task. `ingress`: on every node, by the routing mesh. */
  mode: "host" | "ingress";
}

/** A service of the swarm, anybody's. */
export interface ClusterService {
  id: string;
  name: string;
  labels: Readonly<Record<string, string>>;
  image: string;
  /** Tasks wanted; undefined for one on each node. */
  replicas?: number;
  constraints: readonly string[];
  ports: readonly ClusterPort[];
  networks: readonly string[];
  configs: readonly string[];
  secrets: readonly string[];
  /** Whether its tasks have a health check: such a task counts as running only once it is healthy. */
  checked: boolean;
  /** The last update: `updating`, `completed`, `paused`, `rollback_started`, `rollback_completed` and so on. */
  update?: { state: string; message: string };
  /** Seconds since 1970. */
  created: number;
}

/** A task: one container of a service, or the attempt to start one. */
export interface ClusterTask {
  id: string;
  service: string;
  /** Number of the replica; 0 for services that run on each node. */
  slot: number;
  /** Empty while no node has it. */
  node: string;
  container: string;
  /** Labels of its container. */
  labels: Readonly<Record<string, string>>;
  image: string;
  /** `running`, `starting`, `failed`, `rejected`, `shutdown`, `pending` and so on. */
  state: string;
  /** What the swarm wants of it: `running`, or `shutdown` for one that was. */
  desired: string;
  message: string;
  error: string;
  /** When it came into its state, as the engine writes it. */
  since: string;
  address: string;
  ports: readonly ClusterPort[];
}

/** A swarm as one of its engines sees it. */
export interface Cluster {
  /** The engine's clock, as it writes it. */
  time: string;
  /** Id of the node whose engine was asked; empty when that is in no swarm. */
  node: string;
  /** `active` when the engine is in a swarm; `inactive`, `pending`, `locked` or `error` else. */
  state: string;
  /** What the engine says is wrong with its membership. */
  error: string;
  /** Whether this engine is a manager: only those can be asked and told. */
  manager: boolean;
  /** Addresses of managers that the engine knows. */
  managers: readonly string[];
  /** What a manager said that could not answer for the swarm; undefined when the managers are at one. */
  noQuorum?: string;
  nodes: readonly ClusterNode[];
  services: readonly ClusterService[];
  /** Tasks that are to run, and those of our services that failed or went. */
  tasks: readonly ClusterTask[];
}

/** How long a manager may take: without a quorum it answers late, or not at all. */
const answerSeconds = 20;

interface RawSwarm {
  NodeID?: string;
  LocalNodeState?: string;
  ControlAvailable?: boolean;
  Error?: string;
  RemoteManagers?: { Addr: string }[] | null;
}

/**
 * Reads a swarm through one of its engines; every question has a limit. An engine that is in no swarm, is no
 * manager or has no quorum is no error here: `clusterFindings` says so.
 */
export async function readCluster(engine: Docker): Promise<Cluster> {
  const info = (await bounded(engine.info(), answerSeconds)) as { Swarm?: RawSwarm; SystemTime?: string };
  const { Swarm = {}, SystemTime: time = "" } = info;
  const { NodeID: node = "", LocalNodeState, ControlAvailable, Error: error = "", RemoteManagers } = Swarm;
  const seen = {
    time,
    node,
    state: LocalNodeState ?? "inactive",
    error,
    manager: ControlAvailable === true,
    managers: (RemoteManagers ?? []).map(({ Addr }) => Addr),
  };
  const nothing = { nodes: [], services: [], tasks: [] };
  if (!seen.manager) return { ...seen, ...nothing };
  try {
    return { ...seen, ...(await readAll(engine)) };
  } catch (failure) {
    return { ...seen, ...nothing, noQuorum: messageOf(failure) };
  }
}

async function readAll(engine: Docker): Promise<Pick<Cluster, "nodes" | "services" | "tasks">> {
  const ask = <T>(work: Promise<unknown>) => bounded(work as Promise<T[]>, answerSeconds);
  const [nodes, services, tasks] = await Promise.all([
    ask<RawNode>(engine.listNodes()),
    ask<RawService>(engine.listServices()),
    ask<RawTask>(engine.listTasks()),
  ]);
  return {
    nodes: nodes.map(nodeOf).sort((a, b) => compare(a.hostname, b.hostname)),
    services: services.map(serviceOf).sort((a, b) => compare(a.name, b.name)),
    tasks: tasks.map(taskOf),
  };
}

const compare = (a: string, b: string) => a.localeCompare(b, "en", { numeric: true });
