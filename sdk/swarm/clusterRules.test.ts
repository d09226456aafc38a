import { describe, expect, it } from "vitest";
import type { Cluster } from "./cluster";
import type { ClusterRule, WantedOfCluster, WantedService } from "./clusterFinding";
import { clusterFaults, clusterFindings } from "./clusterRules";
import {
  sampleCluster,
  sampleManager,
  sampleNode,
  sampleService,
  sampleTask,
} from "../../test/support/clusterSamples";

const owner = { stack: "shop/dev", farm: "shop", service: "proxy" };
const service = (more: Partial<WantedService> = {}): WantedService => ({ path: "proxy", owner, ...more });
const publish = { path: "proxy.publish", port: 80, mode: "host" } as const;

const wanting = (more: Partial<WantedOfCluster> = {}): WantedOfCluster => ({
  platform: "linux",
  services: [],
  ...more,
});

/** What one rule says. */
function said(rule: ClusterRule, cluster: Cluster, wanted: WantedOfCluster = wanting()) {
  return clusterFindings(cluster, wanted).filter((finding) => finding.rule === rule);
}

const oneLine = (rule: ClusterRule, cluster: Cluster, wanted?: WantedOfCluster) =>
  said(rule, cluster, wanted).map(({ verdict, message }) => `${verdict}: ${message}`);

describe("an engine", () => {
  it("that is in no swarm can run nothing there, whatever the reason", () => {
    const outside = (state: string, error = "") =>
      clusterFindings(sampleCluster({ state, error, nodes: [] }), wanting({ services: [service()] }));
    expect(outside("inactive")).toEqual([
      {
        rule: "membership",
        verdict: "problem",
        message: "the engine is in no swarm that works; its state there is inactive",
        hint: expect.stringContaining("docker swarm init") as string,
        fault: { path: "orchestrator", code: "conflict" },
      },
    ]);
    expect(outside("locked")[0]?.hint).toContain("docker swarm unlock");
    expect(outside("pending")[0]?.hint).toContain("wait");
    expect(outside("error", "certificate expired")[0]?.message).toContain("is error: certificate expired");
  });

  it("that is a worker names the managers it knows", () => {
    const found = clusterFindings(sampleCluster({ manager: false, nodes: [] }), wanting());
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ rule: "manager", fault: { code: "conflict" } });
    expect(found[0]?.hint).toContain("at a manager, at 10.0.0.1:2377");
  });

  it("whose managers have no majority says what the manager said", () => {
    const found = clusterFindings(sampleCluster({ noQuorum: "no leader", nodes: [] }), wanting());
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ rule: "quorum", fault: { code: "unreachable" } });
    expect(found[0]?.message).toContain("(no leader)");
  });
});

describe("managers", () => {
  const of = (...names: string[]) => sampleCluster({ nodes: names.map((name) => sampleManager(name)) });

  it("are well in odd numbers", () => {
    expect(oneLine("managers", of("m1", "m2", "m3"))).toEqual([
      "ok: 3 managers, 2 needed for a majority, 1 may be lost",
    ]);
    expect(oneLine("managers", of("m1"))).toEqual([
      "ok: 1 manager, 1 needed for a majority, none may be lost",
    ]);
  });

  it("in an even number are advice, and so is a single one of many nodes", () => {
    expect(oneLine("managers", of("m1", "m2"))).toEqual([
      "warning: 2 managers, 2 needed for a majority, none may be lost: as many as with 1",
    ]);
    expect(oneLine("managers", sampleCluster())).toEqual([
      "warning: 1 manager: without it tasks run on, but nothing is started again or changed",
    ]);
  });

  it("that cannot be reached are named, with what is left", () => {
    const away = sampleManager("m3", { manager: { reachable: false, leader: false } });
    const cluster = sampleCluster({ nodes: [sampleManager("m1"), sampleManager("m2"), away] });
    expect(oneLine("quorum", cluster)).toEqual([
      "warning: 3 managers, 2 needed for a majority; m3 cannot be reached, none more may be lost",
    ]);
  });
});

describe("platforms", () => {
  const mixed = sampleCluster({ nodes: [sampleManager("m1"), sampleNode("w1", { os: "windows" })] });

  it("may be mixed", () => {
    expect(oneLine("platform", mixed, wanting({ platform: "windows" }))).toEqual([
      "ok: 1 linux manager, 1 windows worker; tasks go to the windows ones",
    ]);
    expect(oneLine("platform", sampleCluster())).toEqual(["ok: 1 linux manager, 2 linux workers"]);
  });

  it("that no node has are a fault", () => {
    const faults = clusterFaults(sampleCluster(), wanting({ platform: "windows", services: [service()] }));
    expect(faults).toEqual([
      {
        path: "platform",
        code: "conflict",
        message: "the swarm has no windows node: 1 linux manager, 2 linux workers",
        hint: expect.stringContaining("docker swarm join-token worker") as string,
      },
    ]);
  });
});

describe("nodes", () => {
  const nodes = [
    sampleManager("m1", { availability: "drain" }),
    sampleNode("w0", { availability: "drain" }),
    sampleNode("w1", { state: "down" }),
    sampleNode("w2", { availability: "pause" }),
  ];

  it("that are down, drained or paused are named, but for managers that do nothing else", () => {
    const cluster = sampleCluster({ nodes });
    expect(oneLine("nodeAway", cluster)).toEqual([
      "warning: w0 is drained: it takes no new tasks",
      "warning: w2 is paused: it takes no new tasks",
    ]);
    expect(oneLine("nodeDown", cluster)).toEqual([
      "warning: w1 is down: its tasks run elsewhere, where they can",
    ]);
    expect([...said("nodeAway", sampleCluster()), ...said("nodeDown", sampleCluster())]).toEqual([]);
  });

  it("that all take no tasks are a fault, unless nothing is to run", () => {
    const faultsOf = (more: Partial<WantedService>) =>
      clusterFaults(sampleCluster({ nodes }), wanting({ services: [service(more)] }));
    expect(faultsOf({ replicas: 2 })).toMatchObject([
      { path: "proxy", message: "the nodes take no tasks: all are down, drained or paused" },
    ]);
    expect(faultsOf({ replicas: 0 })).toEqual([]);
    const two = wanting({ services: [service(), service({ path: "apps.webapp" })] });
    expect(clusterFaults(sampleCluster({ nodes }), two)).toHaveLength(1);
  });

  it("that fit no constraint are a fault of that constraint", () => {
    const faultsOf = (...constraints: string[]) =>
      clusterFaults(
        sampleCluster({ nodes: [...nodes, sampleNode("w3", { labels: { zone: "A" } })] }),
        wanting({ services: [service({ constraints })] }),
      );
    expect(faultsOf("node.labels.zone == a", "node.role != manager")).toEqual([]);
    expect(faultsOf("node.labels.zone == b")).toMatchObject([
      { path: "proxy.constraints", message: "no node of the platform fits node.labels.zone == b" },
    ]);
    expect(faultsOf("node.hostname == w1")).toMatchObject([
      {
        path: "proxy",
        message: expect.stringContaining("that fit node.hostname == w1 take no tasks") as string,
      },
    ]);
  });
});

describe("an image on no registry", () => {
  const image = { path: "apps.webapp.image", name: "webapp:1", onRegistry: false, onEngine: true };
  const wanted = wanting({ services: [service({ image })] });

  it("is a fault where tasks may go to nodes that are not known to have it", () => {
    expect(clusterFaults(sampleCluster(), wanted)).toMatchObject([
      {
        path: "apps.webapp.image",
        code: "notFound",
        message: '"webapp:1" is on no registry that the manager reaches, and tasks may go to w1, w2',
        hint: expect.stringContaining("imagesOnNodes") as string,
      },
    ]);
    const nowhere = wanting({ services: [service({ image: { ...image, onEngine: false } })] });
    expect(clusterFaults(sampleCluster(), nowhere)[0]?.message).toContain("m1, w1, w2");
  });

  it("is none where it is brought to all nodes, on the asked engine alone, or where a registry has it", () => {
    expect(oneLine("image", sampleCluster(), { ...wanted, imagesOnNodes: true })).toEqual([
      "ok: no registry gives webapp:1: it must lie on w1, w2",
    ]);
    expect(said("image", sampleCluster({ nodes: [sampleManager("m1")] }), wanted)).toEqual([]);
    const onRegistry = wanting({ services: [service({ image: { ...image, onRegistry: true } })] });
    expect(said("image", sampleCluster(), onRegistry)).toEqual([]);
  });
});

describe("a port of the nodes", () => {
  const port = { target: 80, published: 80, protocol: "tcp", mode: "host" } as const;
  const other = sampleService("other", { ports: [port] });
  const held = sampleCluster({
    services: [other],
    tasks: [sampleTask("other", "w1"), sampleTask("other", "w2", { desired: "shutdown" })],
  });
  const faultsOf = (cluster: Cluster, more: Partial<WantedService> = {}) =>
    clusterFaults(cluster, wanting({ services: [service({ ports: [publish], ...more })] }));

  it("that another service has on a node is a fault for a service that goes to all of them", () => {
    expect(faultsOf(held)).toMatchObject([
      { path: "proxy.publish", code: "conflict", message: "port 80 is taken on w1 by the service other" },
    ]);
    expect(faultsOf(held, { constraints: ["node.hostname != w1"] })).toEqual([]);
  });

  it("is a warning while there are enough other nodes", () => {
    expect(faultsOf(held, { replicas: 2 })).toEqual([]);
    const wanted = wanting({ services: [service({ ports: [publish], replicas: 2 })] });
    expect(oneLine("port", held, wanted)).toEqual([
      "warning: port 80 is taken on w1 by the service other: no task goes there",
    ]);
    expect(faultsOf(held, { replicas: 3 })).toHaveLength(1);
  });

  it("is free where this very service, or another protocol, has it", () => {
    const labels = { "webfarm.stack": "shop/dev", "webfarm.farm": "shop", "webfarm.service": "proxy" };
    expect(faultsOf({ ...held, services: [{ ...other, labels }] })).toEqual([]);
    expect(faultsOf({ ...held, services: [{ ...other, ports: [{ ...port, protocol: "udp" }] }] })).toEqual(
      [],
    );
    const foreign = { ...labels, "webfarm.stack": "shop/other" };
    expect(faultsOf({ ...held, services: [{ ...other, labels: foreign }] })).toHaveLength(1);
  });

  it("is taken on every node by the routing mesh", () => {
    const mesh = {
      ...held,
      services: [{ ...other, ports: [{ ...port, mode: "ingress" as const }] }],
      tasks: [],
    };
    expect(faultsOf(mesh)).toMatchObject([
      { message: "port 80 is taken on m1, w1, w2 by the service other" },
    ]);
  });

  it("is there once on each node, so that more replicas do not fit", () => {
    expect(faultsOf(sampleCluster(), { replicas: 3 })).toEqual([]);
    expect(faultsOf(sampleCluster(), { replicas: 4 })).toMatchObject([
      {
        path: "proxy.publish",
        message: "4 replicas with port 80 of their node do not fit on 3 nodes: each has it once",
        hint: expect.stringContaining("at most 3") as string,
      },
    ]);
  });
});

describe("a port of the routing mesh", () => {
  const ports = [{ ...publish, mode: "ingress" as const }];
  const windows = sampleCluster({ nodes: [sampleManager("m1"), sampleNode("w1", { os: "windows" })] });

  it("is there once in the swarm", () => {
    const port = { target: 80, published: 80, protocol: "tcp", mode: "host" } as const;
    const cluster = sampleCluster({ services: [sampleService("other", { ports: [port] })] });
    expect(clusterFaults(cluster, wanting({ services: [service({ ports })] }))).toMatchObject([
      { message: "port 80 is taken in the swarm by the service other" },
    ]);
  });

  it("does not exist on Windows Server 2016", () => {
    const faultsOf = (hostRelease: "2016" | "2019") =>
      clusterFaults(windows, { platform: "windows", hostRelease, services: [service({ ports })] });
    expect(faultsOf("2016")).toMatchObject([{ path: "proxy.publish", code: "refusedOnWindows" }]);
    expect(faultsOf("2019")).toEqual([]);
  });
});
