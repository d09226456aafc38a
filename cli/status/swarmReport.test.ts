import { describe, expect, it } from "vitest";
import type { Cluster, ClusterService, ClusterTask } from "../../sdk/swarm/cluster";
import {
  sampleCluster,
  sampleManager,
  sampleNode,
  sampleService,
  sampleTask,
} from "../../test/support/clusterSamples";
import { duration, failedTasks, farmTasks } from "../engine/farmTasks";
import { plain } from "../io";
import { statusText } from "./print";
import { swarmReport } from "./swarmReport";

const labels = (service: string, farm = "shop", stack = "shop/dev") => ({
  "webfarm.stack": stack,
  "webfarm.farm": farm,
  "webfarm.service": service,
  "webfarm.generation": "2",
});

const webapp = (more: Partial<ClusterService> = {}) =>
  sampleService("shop-webapp-ab12", { labels: labels("webapp"), replicas: 2, ...more });

const task = (slot: number, node: string, more: Partial<ClusterTask> = {}) =>
  sampleTask("shop-webapp-ab12", node, {
    id: `task-${slot}-${node}`,
    slot,
    container: `c${slot}`,
    labels: labels("webapp"),
    image: "webapp:2@sha256:1234",
    ...more,
  });

const proxy = sampleService("shop-proxy-cd34", {
  labels: labels("proxy"),
  constraints: ["node.platform.os == linux"],
  ports: [{ target: 80, published: 8080, protocol: "tcp", mode: "host" }],
});
delete (proxy as { replicas?: number }).replicas;

const proxyTask = (node: string) =>
  sampleTask("shop-proxy-cd34", node, { id: `proxy-${node}`, slot: 0, labels: labels("proxy") });

const farm = (more: Partial<Cluster> = {}) =>
  sampleCluster({
    services: [webapp(), proxy, sampleService("other")],
    tasks: [
      task(1, "w1"),
      task(2, "w2"),
      ...["m1", "w1", "w2"].map(proxyTask),
      task(1, "m1", { id: "before", desired: "shutdown", state: "shutdown" }),
    ],
    ...more,
  });

const codes = (cluster: Cluster) =>
  swarmReport(cluster).farms.flatMap(({ findings }) =>
    findings.map(({ code, problem }) => `${code} ${problem}`),
  );

const messages = (cluster: Cluster) =>
  swarmReport(cluster).farms.flatMap(({ findings }) => findings.map(({ message }) => message));

describe("a farm on a swarm", () => {
  it("is its services with the tasks that are to run, each with its node", () => {
    const { farms } = swarmReport(farm());
    expect(farms).toHaveLength(1);
    expect(farms[0]).toMatchObject({ farm: "shop", stack: "shop/dev", orchestrator: "swarm", findings: [] });
    expect(farms[0]?.services.map(({ name, healthy, swarm }) => [name, healthy, swarm?.wanted])).toEqual([
      ["proxy", 3, 3],
      ["webapp", 2, 2],
    ]);
    const replicas = farms[0]?.services.flatMap(({ replicas }) => replicas);
    expect(replicas?.map(({ name, node, rotation }) => [name, node, rotation])).toEqual([
      ["proxy@m1", "m1", "none"],
      ["proxy@w1", "w1", "none"],
      ["proxy@w2", "w2", "none"],
      ["webapp-1", "w1", "byName"],
      ["webapp-2", "w2", "byName"],
    ]);
    expect(replicas?.[3]).toMatchObject({
      image: "webapp:2",
      generation: "2",
      health: "healthy",
      since: "running for 10 minutes",
    });
  });

  it("is told from others by name and stack", () => {
    const cluster = farm({ services: [webapp({ labels: labels("webapp", "news", "news/prod") }), proxy] });
    expect(swarmReport(cluster).farms.map((found) => found.farm)).toEqual(["news", "shop"]);
    expect(swarmReport(cluster, { farm: "news" }).farms.map((found) => found.farm)).toEqual(["news"]);
    expect(swarmReport(cluster, { stack: "dev" }).farms.map((found) => found.farm)).toEqual(["shop"]);
    expect(farmTasks(cluster, { farm: "nosuch" })).toEqual([]);
  });

  it("lacks a task that no node takes, and says why", () => {
    const error = "no suitable node (host-mode port already in use on 3 nodes)";
    const cluster = farm({ tasks: [task(1, "w1"), task(2, "", { node: "", state: "pending", error })] });
    expect(codes({ ...cluster, services: [webapp()] })).toEqual(["notPlaced true", "tooFew true"]);
    expect(messages({ ...cluster, services: [webapp()] })).toEqual([
      `webapp-2 has no node: pending for 10 minutes: ${error}`,
      "webapp: 1 of 2 tasks serve",
    ]);
  });

  it("waits for tasks on their way, however many, with one line", () => {
    const tasks = [task(1, "w1", { state: "starting" }), task(2, "w2", { state: "preparing" })];
    const cluster = farm({ services: [webapp()], tasks });
    expect(codes(cluster)).toEqual(["starting false"]);
    expect(messages(cluster)).toEqual(["webapp: 2 tasks are on the way, on w1, w2"]);
    const [starting, preparing] = farmTasks(cluster);
    expect([starting?.state, starting?.health, preparing?.state]).toEqual([
      "running",
      "starting",
      "preparing",
    ]);
  });

  it("names the last failure: a problem while tasks are missing, of interest for a day, then forgotten", () => {
    const failed = (since: string) =>
      task(2, "w2", {
        id: since,
        desired: "shutdown",
        state: "failed",
        error: "task: non-zero exit (1)",
        since,
      });
    const [early, late] = [failed("2026-11-30T18:05:00Z"), failed("2026-11-30T18:09:30Z")];
    const services = [webapp()];
    const missing = farm({ services, tasks: [task(1, "w1"), early, late] });
    expect(codes(missing)).toEqual(["tooFew true", "taskFailed true"]);
    expect(messages(missing)[1]).toBe("webapp-2 failed on w2 30 seconds ago: task: non-zero exit (1)");
    expect(failedTasks(missing).map(({ task, replica }) => [task?.id, replica])).toEqual([
      ["2026-11-30T18:09:30Z", "webapp-2"],
    ]);
    const tasks = [task(1, "w1"), task(2, "w1"), early];
    expect(codes(farm({ services, tasks }))).toEqual(["taskFailed false"]);
    expect(codes(farm({ services, tasks, time: "2026-12-02T18:10:00Z" }))).toEqual([]);
  });

  it.each([
    ["updating", ["updating false"]],
    ["completed", []],
    ["paused", ["updateStopped true"]],
    ["rollback_started", ["rolledBack true"]],
    ["rollback_completed", ["rolledBack true"]],
    ["rollback_paused", ["updateStopped true"]],
  ])("with an update that is %s", (state, expected) => {
    const services = [webapp({ update: { state, message: "" } })];
    expect(codes(farm({ services }))).toEqual(expected);
  });

  it("counts no task of a node that does not answer", () => {
    const nodes = [sampleManager("m1"), sampleNode("w1"), sampleNode("w2", { state: "down" })];
    const { swarm, farms } = swarmReport(farm({ nodes }));
    expect(swarm.findings.map(({ code, problem }) => `${code} ${problem}`)).toEqual([
      "managers false",
      "nodeDown true",
    ]);
    expect(farms[0]?.services.map(({ healthy, swarm }) => [healthy, swarm?.wanted])).toEqual([
      [2, 2],
      [1, 2],
    ]);
    expect(farms[0]?.findings.map(({ message }) => message)).toContain(
      "webapp-2 is on w2, which does not answer",
    );
  });

  it("has no proxy wanted on a drained node", () => {
    const nodes = [sampleManager("m1"), sampleNode("w1"), sampleNode("w2", { availability: "drain" })];
    const cluster = farm({ nodes, tasks: [task(1, "w1"), task(2, "m1"), proxyTask("m1"), proxyTask("w1")] });
    expect(codes(cluster)).toEqual([]);
    expect(swarmReport(cluster).swarm.findings.map(({ code }) => code)).toEqual(["managers", "nodeAway"]);
  });
});

describe("the swarm itself", () => {
  it("is its nodes, with what runs there, and its managers", () => {
    const { swarm } = swarmReport(farm());
    expect(swarm.managers).toEqual({ all: 1, reachable: 1, needed: 1 });
    expect(swarm.nodes.map(({ name, role, tasks }) => [name, role, tasks])).toEqual([
      ["m1", "manager", 1],
      ["w1", "worker", 2],
      ["w2", "worker", 2],
    ]);
  });

  it("is no fault of a worker that is asked, but one without a majority", () => {
    const of = (more: Partial<Cluster>) =>
      swarmReport(sampleCluster({ nodes: [], ...more })).swarm.findings.map(
        ({ code, problem }) => `${code} ${problem}`,
      );
    expect(of({ manager: false })).toEqual(["manager false"]);
    expect(of({ noQuorum: "no leader" })).toEqual(["quorum true"]);
    expect(of({ state: "locked" })).toEqual(["membership true"]);
  });

  it("is printed before its farms", () => {
    const engine = { host: "tcp://m1", version: "28.0.0", platform: "linux" };
    const { swarm, farms } = swarmReport(farm());
    expect(statusText({ ok: true, engine, swarm, farms }, plain)).toEqual([
      "swarm: 3 nodes, 1 of 1 managers reached, 1 needed",
      "  m1  manager  linux  ready  active  10.0.0.1  Docker 28.0.0  1 task of farms",
      "  w1  worker   linux  ready  active  10.0.0.1  Docker 28.0.0  2 tasks of farms",
      "  w2  worker   linux  ready  active  10.0.0.1  Docker 28.0.0  2 tasks of farms",
      "  - 1 manager: without it tasks run on, but nothing is started again or changed",
      "    -> three managers bear the loss of one: docker node promote NODE",
      "",
      "shop (stack shop/dev, on the swarm): all is well",
      "  proxy: 3 of 3 healthy, port 8080 of the task's node -> 80",
      "    proxy@m1  healthy  m1  10.0.1.2  webapp:1  generation 2  running for 10 minutes",
      "    proxy@w1  healthy  w1  10.0.1.2  webapp:1  generation 2  running for 10 minutes",
      "    proxy@w2  healthy  w2  10.0.1.2  webapp:1  generation 2  running for 10 minutes",
      "  webapp: 2 of 2 healthy, found by name",
      "    webapp-1  healthy  w1  10.0.1.2  webapp:2  generation 2  running for 10 minutes",
      "    webapp-2  healthy  w2  10.0.1.2  webapp:2  generation 2  running for 10 minutes",
    ]);
  });

  it("counts time as a person does", () => {
    expect([1, 119, 120, 7199, 7200, 172_800].map(duration)).toEqual([
      "1 second",
      "119 seconds",
      "2 minutes",
      "119 minutes",
      "2 hours",
      "2 days",
    ]);
  });
});
