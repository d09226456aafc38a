import type Docker from "dockerode";
import { describe, expect, it } from "vitest";
import { readCluster } from "./cluster";
import { fits, isConstraint } from "./constraints";
import { sampleNode } from "../../test/support/clusterSamples";

/** An engine with these answers; it stands in for one, as a swarm without majority cannot be made here at will. */
function engine(swarm: unknown, lists: Partial<Record<"nodes" | "services" | "tasks", unknown>> = {}) {
  const list = (name: keyof typeof lists) => () =>
    lists[name] instanceof Error ? Promise.reject(lists[name]) : Promise.resolve(lists[name] ?? []);
  return {
    info: () => Promise.resolve({ Swarm: swarm, SystemTime: "2026-11-30T18:10:00Z" }),
    listNodes: list("nodes"),
    listServices: list("services"),
    listTasks: list("tasks"),
  } as unknown as Docker;
}

const manager = {
  NodeID: "n1",
  LocalNodeState: "active",
  ControlAvailable: true,
  RemoteManagers: [{ Addr: "10.0.0.1:2377" }],
};

describe("readCluster", () => {
  it("asks an engine that is in no swarm, or a worker, nothing more", async () => {
    const lists = { nodes: new Error("not to be asked") };
    expect(await readCluster(engine(undefined, lists))).toMatchObject({ state: "inactive", manager: false });
    expect(await readCluster(engine({ ...manager, ControlAvailable: false }, lists))).toEqual({
      time: "2026-11-30T18:10:00Z",
      node: "n1",
      state: "active",
      error: "",
      manager: false,
      managers: ["10.0.0.1:2377"],
      nodes: [],
      services: [],
      tasks: [],
    });
  });

  it("tells a manager that cannot answer for the swarm, in its own words", async () => {
    const cluster = await readCluster(engine(manager, { nodes: new Error("there is no leader") }));
    expect(cluster).toMatchObject({ manager: true, noQuorum: "there is no leader", nodes: [] });
  });

  it("reads nodes, services and tasks", async () => {
    const ContainerSpec = {
      Image: "webapp:1",
      Labels: { "webfarm.farm": "shop" },
      Healthcheck: { Test: ["CMD-SHELL", "true"] },
      Configs: [{ ConfigID: "c1" }],
    };
    const cluster = await readCluster(
      engine(manager, {
        nodes: [
          {
            ID: "n2",
            Spec: { Role: "worker", Availability: "drain", Labels: { zone: "a" } },
            Description: { Hostname: "w2", Platform: { Architecture: "x86_64", OS: "windows" }, Engine: {} },
            Status: { State: "down", Addr: "10.0.0.2" },
          },
          {
            ID: "n1",
            Spec: { Role: "manager", Availability: "active" },
            Description: { Hostname: "m1", Platform: { Architecture: "x86_64", OS: "linux" } },
            Status: { State: "ready", Addr: "0.0.0.0" },
            ManagerStatus: { Leader: true, Reachability: "reachable", Addr: "10.0.0.1:2377" },
          },
        ],
        services: [
          {
            ID: "s1",
            CreatedAt: "2026-11-30T18:12:18.8Z",
            Spec: {
              Name: "shop-webapp",
              TaskTemplate: { ContainerSpec, Placement: { Constraints: ["node.role == worker"] } },
              Mode: { Replicated: { Replicas: 2 } },
              EndpointSpec: { Ports: [{ TargetPort: 80, PublishMode: "host", Protocol: "tcp" }] },
            },
            UpdateStatus: { State: "updating", Message: "update in progress" },
          },
          { ID: "s2", Spec: { Name: "proxy", TaskTemplate: {}, Mode: { Global: {} } } },
        ],
        tasks: [
          {
            ID: "t1",
            ServiceID: "s1",
            Slot: 1,
            NodeID: "n2",
            Spec: { ContainerSpec },
            DesiredState: "shutdown",
            Status: { State: "rejected", Err: "No such image", Timestamp: "2026-11-30T18:13:00Z" },
            NetworksAttachments: [
              { Addresses: ["10.255.0.9/16"], Network: { Spec: { Ingress: true } } },
              { Addresses: ["10.0.1.3/24"] },
            ],
          },
        ],
      }),
    );
    expect(cluster.nodes).toMatchObject([
      { hostname: "m1", address: "10.0.0.1", manager: { reachable: true, leader: true } },
      { hostname: "w2", os: "windows", state: "down", availability: "drain", labels: { zone: "a" } },
    ]);
    expect(cluster.nodes[1]).not.toHaveProperty("manager");
    expect(cluster.services).toMatchObject([
      { name: "proxy", checked: false, ports: [] },
      {
        name: "shop-webapp",
        replicas: 2,
        checked: true,
        constraints: ["node.role == worker"],
        configs: ["c1"],
        ports: [{ target: 80, published: 0, mode: "host" }],
        update: { state: "updating" },
      },
    ]);
    expect(cluster.services[0]).not.toHaveProperty("replicas");
    expect(cluster.tasks).toMatchObject([
      { state: "rejected", error: "No such image", address: "10.0.1.3", labels: { "webfarm.farm": "shop" } },
    ]);
  });
});

describe("placement constraints", () => {
  const node = sampleNode("web1", { labels: { disk: "SSD" }, engineLabels: { "com.example.rack": "7" } });

  it.each([
    ["node.labels.disk == ssd", true],
    ["node.labels.disk != ssd", false],
    ["node.labels.zone == a", false],
    ["node.labels.zone != a", true],
    ["engine.labels.com.example.rack==7", true],
    ["node.platform.os == linux", true],
    ["node.platform.arch == amd64", true],
    ["node.role != manager", true],
    ["node.hostname == WEB1", true],
    ["node.id == other", false],
  ])("%s", (constraint, expected) => {
    expect(fits(node, [constraint])).toBe(expected);
    expect(isConstraint(constraint)).toBe(true);
  });

  it("are told from what is none", () => {
    for (const text of ["node.labels. == a", "disk == ssd", "node.role = manager", "node.role ==", ""])
      expect(isConstraint(text), text).toBe(false);
  });
});
