import type { Cluster, ClusterNode, ClusterService, ClusterTask } from "../../sdk/swarm/cluster";

/** A node for tests: a Linux worker that takes tasks. */
export function sampleNode(hostname: string, more: Partial<ClusterNode> = {}): ClusterNode {
  return {
    id: `id-${hostname}`,
    hostname,
    os: "linux",
    architecture: "x86_64",
    address: "10.0.0.1",
    engineVersion: "28.0.0",
    role: "worker",
    state: "ready",
    availability: "active",
    labels: {},
    engineLabels: {},
    ...more,
  };
}

/** A manager for tests. */
export function sampleManager(hostname: string, more: Partial<ClusterNode> = {}): ClusterNode {
  return sampleNode(hostname, { role: "manager", manager: { reachable: true, leader: false }, ...more });
}

/** A service for tests. */
export function sampleService(name: string, more: Partial<ClusterService> = {}): ClusterService {
  return {
    id: `id-${name}`,
    name,
    labels: {},
    image: "webapp:1",
    replicas: 1,
    constraints: [],
    ports: [],
    networks: [],
    configs: [],
    secrets: [],
    checked: true,
    created: 0,
    ...more,
  };
}

/** A task of a sample service on a sample node, for tests. */
export function sampleTask(service: string, node: string, more: Partial<ClusterTask> = {}): ClusterTask {
  return {
    id: `${service}-on-${node}`,
    service: `id-${service}`,
    slot: 1,
    node: `id-${node}`,
    container: "",
    labels: {},
    image: "webapp:1",
    state: "running",
    desired: "running",
    message: "started",
    error: "",
    since: "2026-11-30T18:00:00Z",
    address: "10.0.1.2",
    ports: [],
    ...more,
  };
}

/** A swarm for tests: one manager and two workers, all Linux, nothing on them. */
export function sampleCluster(more: Partial<Cluster> = {}): Cluster {
  return {
    time: "2026-11-30T18:10:00Z",
    node: "id-m1",
    state: "active",
    error: "",
    manager: true,
    managers: ["10.0.0.1:2377"],
    nodes: [sampleManager("m1"), sampleNode("w1"), sampleNode("w2")],
    services: [],
    tasks: [],
    ...more,
  };
}
