import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { webappReference, webappVersions } from "../../toolchain/images/imageNames";
import { Balancer } from "../support/balancer";
import { eventually } from "../support/engine";
import { Load } from "../support/load";
import { loadTable, rowDuring, type LoadRow } from "../support/loadTable";
import { replicasSeen, ScaleSetProject, tlsFixture } from "../support/scaleSet";
import { SwarmCluster } from "../support/swarmCluster";

const whyNot = SwarmCluster.whyNot();
if (whyNot !== undefined) console.log(`skipped: no swarm of the test's own: ${whyNot}`);

const [publish, publishTls] = [8080, 8443];
const shape = { fresh: 3, kept: 3, slow: 2, restMs: 20 };

const tls = (name: "first" | "renewed") => ({
  certificate: tlsFixture(`${name}.crt`),
  key: tlsFixture(`${name}.key`),
  publishHttp: publish,
  redirect: false,
});

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
          // Swarms write it otherwise: 1m30s.
          stopGraceSeconds: 90,
        },
        proxy: { image: cluster.images.proxy, publish },
      },
      { engine: cluster.manager, runSeconds: 240 },
    );
  });

  afterAll(async () => {
    await cluster.remove();
  });

  /** Until then a node's proxy may not have heard of a replica. */
  const everywhere = (replicas: number) =>
    Promise.all(
      cluster.nodes.map((node) =>
        eventually(`${replicas} replicas through ${node.name}`, 30, async () =>
          (await replicasSeen(node.url(publish), 10 * replicas)).length === replicas ? true : undefined,
        ),
      ),
    );

  const nothingToDo = async () => {
    await web.expect("preview", "--diff", "--expect-no-changes");
    await web.expect("refresh", "--yes", "--expect-no-changes");
    await web.expect("preview", "--diff", "--expect-no-changes");
  };

  it("is created, and then there is nothing to do", async () => {
    await web.expect("preview");
    await web.up();
    await everywhere(2);
    await nothingToDo();
  });

  describe("under load through each node", () => {
    let loads: Load[];
    const rows: LoadRow[] = [];

    beforeAll(() => {
      loads = cluster.nodes.map((node) => new Load(node.url(publish), shape));
    });

    const during = async (change: string, work: () => Promise<unknown>) => {
      const [first, ...others] = loads;
      if (first === undefined) throw new Error("no load");
      rows.push(await rowDuring(first, `${change}, node1`, work));
      others.forEach((load, index) =>
        rows.push({ change: `${change}, node${index + 2}`, seconds: 0, report: load.take() }),
      );
    };
    const up = (change: string, args: Parameters<ScaleSetProject["change"]>[0]) =>
      during(change, async () => {
        await web.change(args);
        await web.up();
      });

    it("scales, and touches no proxy", async () => {
      const before = await taskIds("proxy");
      await up("2 -> 6", { service: { replicas: 6 } });
      await during("6 replicas", () => everywhere(6));
      await up("6 -> 2", { service: { replicas: 2 } });
      await during("2 replicas", () => everywhere(2));
      expect(await taskIds("proxy")).toEqual(before);
    });

    it("rolls to another image and to another environment", async () => {
      const image = webappReference(webappVersions[1]);
      await up("image roll", { service: { image, generation: "2" } });
      await up("env roll", { service: { environment: { COLOUR: "blue" }, generation: "3" } });
    });

    it("goes back from a bad roll and says why, as often as it is tried; then takes a good one", async () => {
      const fails = (change: string, ...args: string[]) =>
        during(change, async () => {
          const { exitCode, output } = await web.project.run("up", "--yes", "--skip-preview", ...args);
          expect(output).toMatch(/web: the swarm has gone back to the settings before/);
          expect(output).toMatch(/web\.\d on node\d/);
          expect(output).toContain("listens on port 81");
          expect(output).toContain("What served before still serves");
          expect(exitCode).not.toBe(0);
        });
      await web.change({ service: { environment: { PORT: "81" }, generation: "4" } });
      await fails("bad roll");
      await fails("bad roll, up again");
      await fails("bad roll, up --refresh", "--refresh");
      await up("back to the one before", { service: { environment: { COLOUR: "blue" }, generation: "3" } });
      await up("good roll", { service: { environment: {}, generation: "5" } });
      await nothingToDo();
    });

    it("lost no request and gave no wrong answer in all of that", async () => {
      for (const load of loads) rows.push({ change: "the last ones", seconds: 0, report: await load.stop() });
      console.log(loadTable(rows));
      for (const { change, report } of rows) expect([change, report.failures]).toEqual([change, {}]);
      const answered = new Set(rows.flatMap(({ report }) => Object.keys(report.answers)));
      expect([...answered].filter((who) => who.endsWith("/4"))).toEqual([]);
      expect([...answered]).toEqual(expect.arrayContaining(["web-6/1", "web-1/2", "web-2/3", "web-2/5"]));
    });
  });

  // A proxy that is replaced does not answer for a moment: there the others must.
  describe("under load through a balancer before the nodes", () => {
    let balancer: Balancer;
    let load: Load;
    const rows: LoadRow[] = [];

    beforeAll(async () => {
      const targets = cluster.nodes.map((node) => {
        const { hostname: host, port } = new URL(node.url(publish));
        return { host, port: Number(port) };
      });
      balancer = await Balancer.start(targets);
      load = new Load(balancer.url, shape);
    });

    afterAll(() => balancer.stop());

    const up = async (change: string, args: Parameters<ScaleSetProject["change"]>[0]) => {
      await web.change(args);
      rows.push(await rowDuring(load, change, () => web.up()));
    };

    it("changes its configuration", async () => {
      await up("nginx.conf", { proxy: { maxBodySizeMb: 7 } });
      await nothingToDo();
    });

    it("gets a certificate, and another one", async () => {
      await up("TLS", { proxy: { publish: publishTls, tls: tls("first") } });
      for (const node of cluster.nodes) expect(await certificateName(node.url(publishTls))).toMatch(/^first/);
      await up("TLS renewal", { proxy: { tls: tls("renewed") } });
      for (const node of cluster.nodes)
        expect(await certificateName(node.url(publishTls))).toMatch(/^renewed/);
      await nothingToDo();
    });

    it("goes back from a configuration that nginx refuses", async () => {
      await web.change({ proxy: { extraConfig: { http: "no_such_directive on;" } } });
      rows.push(
        await rowDuring(load, "bad nginx.conf", async () => {
          const { exitCode, output } = await web.project.run("up", "--yes", "--skip-preview");
          expect(output).toMatch(/proxy: the swarm has gone back to the settings before/);
          expect(output).toContain('unknown directive "no_such_directive"');
          expect(exitCode).not.toBe(0);
        }),
      );
      await up("good nginx.conf", { proxy: { extraConfig: {} } });
      await nothingToDo();
    });

    it("lost no request in all of that", async () => {
      rows.push({ change: "the last ones", seconds: 0, report: await load.stop() });
      console.log(loadTable(rows));
      for (const { change, report } of rows) expect([change, report.failures]).toEqual([change, {}]);
    });
  });

  it("changes between a proxy on each node and a number of them", async () => {
    await web.change({ proxy: { replicas: 2 } });
    const { output } = await web.expect("preview");
    expect(output).toContain("all proxies are replaced at once");
    await web.up();
    expect(await taskIds("proxy")).toHaveLength(2);
    await nothingToDo();
    await web.change({ proxy: { replicas: undefined as never } });
    await web.up();
    await everywhere(2);
    expect(await taskIds("proxy")).toHaveLength(3);
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

  async function taskIds(service: string): Promise<string[]> {
    const filters = { label: [`webfarm.service=${service}`], "desired-state": ["running"] };
    const tasks = (await cluster.manager.docker.listTasks({ filters: JSON.stringify(filters) })) as {
      ID: string;
    }[];
    return tasks.map(({ ID }) => ID).sort();
  }
});

/** The name in the certificate that a new connection is shown. */
function certificateName(url: string): Promise<string> {
  const { hostname: host, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host, port: Number(port), rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on("error", reject);
  });
}
