import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/engine";
import { Load, type LoadReport } from "../support/load";
import { loadTable, rowDuring, type LoadRow } from "../support/loadTable";
import { configuration, paths } from "../support/proxy";
import { SwarmCluster, type SwarmNode } from "../support/swarmCluster";
import { alias, config, SwarmFarm } from "../support/swarmFarm";

const whyNot = SwarmCluster.whyNot();
if (whyNot !== undefined) console.log(`no swarm here: ${whyNot}`);

const text = configuration([`${alias}:80`], {}, paths.nginx, true).text;
let cluster: SwarmCluster;
let farm: SwarmFarm;
let remove = () => Promise.resolve();

beforeAll(async () => {
  if (whyNot !== undefined) return;
  cluster = await SwarmCluster.create({ nodes: 3 });
  remove = () => cluster.remove();
  farm = await SwarmFarm.create(cluster, { replicas: 2, configuration: text });
  await everywhere(2);
});

afterAll(() => remove());

const nodes = () => cluster.nodes as [SwarmNode, SwarmNode, SwarmNode];

/** Waits until that many tasks run, and all proxies have them. */
async function everywhere(tasks: number, alive: readonly SwarmNode[] = cluster.nodes): Promise<void> {
  await farm.app.settled(tasks);
  for (const node of alive) await farm.inRotation(node, tasks);
}

async function scale(tasks: number, alive?: readonly SwarmNode[]): Promise<void> {
  await farm.app.scale(tasks);
  await everywhere(tasks, alive);
}

async function serving(node: SwarmNode): Promise<void> {
  await eventually(`an answer of ${node.name}`, 30, async () =>
    (await fetch(farm.url(node))).ok ? true : undefined,
  );
}

async function roll(generation: number): Promise<void> {
  await farm.app.change(({ TaskTemplate }) =>
    TaskTemplate.ContainerSpec.Env?.push(`WEBFARM_GENERATION=${generation}`),
  );
  expect(await farm.app.updated()).toBe("completed");
}

/** Requests to the proxies of nodes that stay, and what of it was seen during each change. */
class Watch {
  private readonly rows: LoadRow[] = [];
  private readonly loads: Load[];

  constructor(private readonly staying: readonly SwarmNode[]) {
    this.loads = staying.map((node) => new Load(farm.url(node), { fresh: 1, kept: 1, slow: 2, restMs: 10 }));
  }

  async during(change: string, work: () => Promise<unknown>): Promise<void> {
    const [first, ...others] = this.loads;
    if (first === undefined) throw new Error("there is no load");
    let reports: LoadReport[] = [];
    const row = await rowDuring(first, change, async () => {
      await work();
      reports = others.map((load) => load.take());
    });
    this.rows.push({ ...row, report: reports.reduce(sumOf, row.report) });
  }

  /** The failures of all changes, after the table of them and what the proxies said of it. */
  async stop(): Promise<object[]> {
    for (const load of this.loads) {
      this.rows.push({ change: "until the last answer", seconds: 0, report: await load.stop() });
    }
    console.log(loadTable(this.rows));
    for (const node of this.staying) {
      const lines = (await farm.log(node)).split("\n").filter((line) => /webfarm:|\[error\]/.test(line));
      console.log([`${node.name}:`, ...lines].join("\n"));
    }
    return this.rows.flatMap(({ change, report }) =>
      report.failedRequests.map((failed) => ({ change, ...failed })),
    );
  }
}

function sumOf(one: LoadReport, other: LoadReport): LoadReport {
  return {
    ...one,
    ok: one.ok + other.ok,
    failed: one.failed + other.failed,
    retried: one.retried + other.retried,
    answers: { ...one.answers, ...other.answers },
    failedRequests: [...one.failedRequests, ...other.failedRequests],
  };
}

describe.skipIf(whyNot !== undefined)("the proxies of a swarm", () => {
  it("lose no request while tasks come and go, and a node is drained, cut off, killed and back", async () => {
    const [one, two, three] = nodes();
    const watch = new Watch([one, two]);
    let failures: object[] = [];
    try {
      await watch.during("scale 2 -> 6", () => scale(6));
      await watch.during("scale 6 -> 2", () => scale(2));
      await watch.during("roll", () => roll(2));
      await watch.during("scale 2 -> 6", () => scale(6));
      await watch.during("node 3 drained", async () => {
        await cluster.setAvailability(three, "drain");
        await everywhere(6, [one, two]);
      });
      await watch.during("node 3 active, scale 6 -> 8", async () => {
        await cluster.setAvailability(three, "active");
        await scale(8);
      });
      await watch.during("node 3 cut off", async () => {
        await three.unplug();
        await cluster.seen(three, "down");
        await everywhere(8, [one, two]);
      });
      await watch.during("node 3 joined again", async () => {
        await three.replug();
        await cluster.seen(three, "ready");
        await everywhere(8);
      });
      await watch.during("scale 8 -> 10", () => scale(10));
      await watch.during("node 3 killed", async () => {
        await three.kill();
        await cluster.seen(three, "down");
        await everywhere(10, [one, two]);
      });
      await watch.during("node 3 back", async () => {
        await three.start();
        await cluster.seen(three, "ready");
      });
      await watch.during("scale 10 -> 3", () => scale(3));
      await watch.during("roll", async () => {
        await roll(3);
        await everywhere(3);
      });
    } finally {
      failures = await watch.stop();
    }
    expect(failures).toEqual([]);
    const log = await farm.log(one);
    expect(log).toMatch(/webfarm: nginx reloads with 6 tasks; joined: webapp:80 10\.[^;]*; left: none/);
    expect(log).toMatch(/webfarm: nginx reloads with 2 tasks; joined: none; left: webapp:80 10\./);
  }, 600_000);

  it("lose no request while the only manager is killed and back", async () => {
    const [one, two, three] = nodes();
    await scale(6);
    const watch = new Watch([two, three]);
    let failures: object[] = [];
    try {
      await watch.during("the manager killed", async () => {
        await one.kill();
        await sleep(15_000);
      });
      await watch.during("the manager back", async () => {
        await one.start();
        await everywhere(6);
      });
    } finally {
      failures = await watch.stop();
    }
    expect(failures).toEqual([]);
  }, 300_000);

  it("keep the tasks that they know while the engine stands still", async () => {
    const [, two] = nodes();
    await scale(3);
    const watch = new Watch([two]);
    let failures: object[] = [];
    try {
      await watch.during("the engine stands still", async () => {
        await two.pauseEngine();
        await sleep(5000);
      });
      await watch.during("the engine goes on", async () => {
        await two.resume();
        await everywhere(3);
      });
    } finally {
      failures = await watch.stop();
    }
    expect(failures).toEqual([]);
    expect(await farm.log(two)).not.toContain("nginx reloads with 0 tasks");
  }, 180_000);

  it("answer 503 with Retry-After while there is no task, and when nobody answers for unknown names", async () => {
    const [one] = nodes();
    // From here on the engine's questions to other name servers get no answer.
    const route = ["default", "via", "10.77.0.254"];
    await one.engine.machine.run("ip", "route", "add", ...route);
    try {
      await farm.app.scale(0);
      for (const node of nodes()) {
        const answer = await eventually(`503 of ${node.name}`, 120, async () => {
          // One that came in between asks the tasks that just went, for some seconds each.
          const answer = await fetch(farm.url(node), { signal: AbortSignal.timeout(3000) });
          return answer.status === 503 ? answer : undefined;
        });
        expect(answer.headers.get("retry-after")).toBe("5");
        expect((await fetch(`${farm.url(node)}/_webfarm/health`)).status).toBe(200);
      }
    } finally {
      await one.engine.machine.run("ip", "route", "delete", ...route);
    }
    await scale(2);
    for (const node of nodes()) await serving(node);
  }, 240_000);

  it("come back as they were when nginx refuses the new configuration, and say why", async () => {
    const before = await farm.proxy.spec();
    const script = before.TaskTemplate.ContainerSpec.Configs?.slice(0, 1) ?? [];
    const broken = await config(
      cluster.manager.docker,
      "/webfarm/nginx.conf",
      text.replace("http {", "http { nonsense;"),
    );
    await farm.proxy.change(({ TaskTemplate }) => {
      TaskTemplate.ContainerSpec.Configs = [...script, broken];
    });
    expect(await farm.proxy.updated()).toBe("rollback_completed");
    for (const node of nodes()) await serving(node);
    const said = await Promise.all(nodes().map((node) => farm.endedProxies(node)));
    expect(said.flat().join("\n")).toMatch(/webfarm: attempt 1 of 60: .*unknown directive "nonsense"/);
  }, 180_000);

  it("finish the requests under way when they are replaced", async () => {
    const slow = nodes().map((node) => fetch(`${farm.url(node)}/?delay=6s`));
    await sleep(500);
    await farm.proxy.change(({ TaskTemplate }) => {
      TaskTemplate.ForceUpdate = (TaskTemplate.ForceUpdate ?? 0) + 1;
    });
    const statuses = (await Promise.all(slow)).map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 200]);
    expect(await farm.proxy.updated()).toBe("completed");
  }, 180_000);
});
