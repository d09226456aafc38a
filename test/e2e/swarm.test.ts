import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { webappReference, webappVersions } from "../../toolchain/images/imageNames";
import { eventually } from "../support/engine";
import { Load } from "../support/load";
import { loadTable, rowDuring, type LoadRow } from "../support/loadTable";
import { replicasSeen, ScaleSetProject } from "../support/scaleSet";
import { SwarmCluster } from "../support/swarmCluster";

const whyNot = SwarmCluster.whyNot();
if (whyNot !== undefined) console.log(`skipped: no swarm of the test's own: ${whyNot}`);

const publish = 8080;
const shape = { fresh: 3, kept: 3, slow: 2, restMs: 20 };

describe.skipIf(whyNot !== undefined)("a farm on a swarm of three nodes", () => {
  let cluster: SwarmCluster;
  let web: ScaleSetProject;

  beforeAll(async () => {
    cluster = await SwarmCluster.create({ nodes: 3 });
    web = await ScaleSetProject.create(
      {
        service: {
          ...{ platform: "linux", orchestrator: "swarm" },
          ...{ image: webappReference(webappVersions[0]), replicas: 2, ports: [{ container: 80 }] },
        },
        proxy: { image: cluster.images.proxy, publish },
      },
      { engine: cluster.manager, runSeconds: 240 },
    );
  });

  afterAll(async () => {
    await cluster.remove();
  });

  it("is created, and then there is nothing to do", async () => {
    const preview = await web.expect("preview");
    console.log(preview.output);
    const { output } = await web.up();
    console.log(output);
    await web.expect("preview", "--diff", "--expect-no-changes");
    await web.expect("refresh", "--yes", "--expect-no-changes");
    await web.expect("preview", "--diff", "--expect-no-changes");
    for (const node of cluster.nodes) {
      await eventually(`both replicas through ${node.name}`, 20, async () =>
        (await replicasSeen(node.url(publish), 20)).length === 2 ? true : undefined,
      );
    }
  });

  describe("under load", () => {
    let loads: Load[];
    const rows: LoadRow[] = [];

    beforeAll(() => {
      loads = cluster.nodes.map((node) => new Load(node.url(publish), shape));
    });

    const during = async (change: string, work: () => Promise<unknown>) => {
      const [first, ...others] = loads;
      if (first === undefined) throw new Error("no load");
      rows.push(await rowDuring(first, change, work));
      others.forEach((load, index) =>
        rows.push({ change: `  through node${index + 2}`, seconds: 0, report: load.take() }),
      );
    };
    const up = (change: string, args: Parameters<ScaleSetProject["change"]>[0]) =>
      during(change, async () => {
        await web.change(args);
        await web.up();
      });

    it("scales", async () => {
      await up("2 -> 6", { service: { replicas: 6 } });
      await up("6 -> 2", { service: { replicas: 2 } });
    });

    it("rolls", async () => {
      await up("image roll", { service: { image: webappReference(webappVersions[1]), generation: "2" } });
    });

    it("goes back from a bad roll, says why, and takes a good one", async () => {
      const bad = (change: string) =>
        during(change, async () => {
          const { exitCode, output } = await web.project.run("up", "--yes", "--skip-preview");
          console.log(output);
          expect(exitCode).not.toBe(0);
        });
      await web.change({ service: { environment: { PORT: "81" }, generation: "3" } });
      await bad("bad roll");
      await bad("bad roll again");
      await up("good again", { service: { environment: {}, generation: "4" } });
      await web.expect("preview", "--diff", "--expect-no-changes");
    });

    it("loses nothing", async () => {
      for (const load of loads) rows.push({ change: "the last ones", seconds: 0, report: await load.stop() });
      console.log(loadTable(rows));
      for (const { change, report } of rows) expect([change, report.failures]).toEqual([change, {}]);
    });
  });

  it("leaves nothing behind", async () => {
    await web.remove();
    const { docker } = cluster.manager;
    expect(await docker.listServices()).toEqual([]);
    expect(await docker.listConfigs()).toEqual([]);
    expect(await docker.listSecrets()).toEqual([]);
    const networks = await docker.listNetworks({ filters: { driver: ["overlay"] } });
    expect(networks.map(({ Name }) => Name)).toEqual(["ingress"]);
  });
});
