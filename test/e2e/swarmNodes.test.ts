import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/engine";
import { Load } from "../support/load";
import { loadTable, rowDuring, type LoadRow } from "../support/loadTable";
import { replicasSeen, ScaleSetProject } from "../support/scaleSet";
import { SwarmCluster, type SwarmNode } from "../support/swarmCluster";

const whyNot = SwarmCluster.whyNot();
if (whyNot !== undefined) console.log(`skipped: no swarm of the test's own: ${whyNot}`);

const publish = 8080;
const replicas = 4;
const shape = { fresh: 4, kept: 4, restMs: 20 };

/** Three managers, so that the swarm is whole without any one of them. */
describe.skipIf(whyNot !== undefined)("a farm whose nodes come and go", () => {
  let cluster: SwarmCluster;
  let web: ScaleSetProject;
  let leaving: SwarmNode;
  let staying: SwarmNode[];
  let loads: Load[];
  const rows: LoadRow[] = [];

  beforeAll(async () => {
    cluster = await SwarmCluster.create({ nodes: 3, managers: 3 });
    const [first, second, third] = cluster.nodes as [SwarmNode, SwarmNode, SwarmNode];
    [staying, leaving] = [[first, second], third];
    web = await ScaleSetProject.create(
      {
        service: {
          ...{ platform: "linux", orchestrator: "swarm" },
          ...{ image: cluster.images.webapp, replicas, ports: [{ container: 80 }] },
        },
        proxy: { image: cluster.images.proxy, publish },
      },
      { engine: cluster.manager, runSeconds: 240 },
    );
    await web.up();
    await served(cluster.nodes);
    loads = staying.map((node) => new Load(node.url(publish), shape));
  });

  afterAll(async () => {
    await cluster.remove();
  });

  const served = (nodes: readonly SwarmNode[]) =>
    Promise.all(
      nodes.map((node) =>
        // A node that comes back was seen to need up to a minute until its proxy reached every replica.
        eventually(`all replicas through ${node.name}`, 120, async () =>
          (await replicasSeen(node.url(publish), 10 * replicas)).length === replicas ? true : undefined,
        ),
      ),
    );

  /** Load goes through the nodes that stay: what was under way on a node that dies dies with it. */
  const during = async (change: string, work: () => Promise<unknown>) => {
    const [first, ...others] = loads;
    if (first === undefined) throw new Error("no load");
    rows.push(await rowDuring(first, `${change}, node1`, work));
    for (const load of others) rows.push({ change: `${change}, node2`, seconds: 0, report: load.take() });
  };

  const tasksOn = async (node: SwarmNode) => {
    const filters = JSON.stringify({ node: [await node.id()], "desired-state": ["running"] });
    return (await cluster.manager.docker.listTasks({ filters })) as unknown[];
  };

  it("serves on while a node is drained, and uses it again afterwards", async () => {
    expect((await tasksOn(leaving)).length).toBeGreaterThan(1);
    await during("node3 drained", async () => {
      await cluster.setAvailability(leaving, "drain");
      await eventually("node3 empty", 60, async () =>
        (await tasksOn(leaving)).length === 0 ? true : undefined,
      );
      await served(staying);
    });
    await during("preview, node3 drained", () => web.expect("preview", "--diff", "--expect-no-changes"));
    await during("node3 active", async () => {
      await cluster.setAvailability(leaving, "active");
      await served([leaving]);
    });
    // The swarm leaves tasks where they are: an update spreads them again.
    await during("roll over all nodes", async () => {
      await web.change({ service: { generation: "2" } });
      await web.up();
      await served(cluster.nodes);
    });
    expect((await tasksOn(leaving)).length).toBeGreaterThan(1);
  });

  it("serves on when a node dies, and uses it again once it is back", async () => {
    const id = await leaving.id();
    const isReady = async () => {
      const nodes = (await cluster.manager.docker.listNodes()) as { ID: string; Status: { State: string } }[];
      return nodes.find(({ ID }) => ID === id)?.Status.State === "ready";
    };
    await during("node3 killed", async () => {
      await leaving.kill();
      await eventually("the swarm's notice of it", 120, async () => ((await isReady()) ? undefined : true));
      await served(staying);
    });
    await during("roll without node3", async () => {
      await web.change({ service: { generation: "3" } });
      await web.up();
      await served(staying);
    });
    await during("node3 back", async () => {
      await leaving.start();
      await eventually("node3 ready", 120, async () => ((await isReady()) ? true : undefined));
      await served(cluster.nodes);
    });
    await web.expect("preview", "--diff", "--expect-no-changes");
    await web.expect("refresh", "--yes", "--expect-no-changes");
  });

  it("lost no request through the nodes that stayed", async () => {
    for (const load of loads) rows.push({ change: "the last ones", seconds: 0, report: await load.stop() });
    console.log(loadTable(rows));
    for (const { change, report } of rows) {
      expect([change, report.failures, report.firstFailure]).toEqual([change, {}, undefined]);
    }
  });

  it("leaves nothing behind", async () => {
    await web.remove();
    // Three managers on a busy machine are without a leader now and then.
    const left = await eventually("an answer of the manager", 60, async () => {
      const { docker } = cluster.manager;
      return [...(await docker.listServices()), ...(await docker.listConfigs())];
    });
    expect(left).toEqual([]);
  });
});
