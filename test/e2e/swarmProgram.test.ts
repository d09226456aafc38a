import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { webappReference, webappVersions } from "../../toolchain/images/imageNames";
import { eventually, uniqueName } from "../support/engine";
import { replicasSeen } from "../support/scaleSet";
import { TestStack } from "../support/stack";
import { SwarmCluster } from "../support/swarmCluster";

const whyNot = SwarmCluster.whyNot();
if (whyNot !== undefined) console.log(`skipped: no swarm of the test's own: ${whyNot}`);

const [hostPort, swarmPort] = [8080, 8090];

interface Outputs {
  url: string;
  consoleCommand: string;
  replicas: { name: string; containerName: string; address: string }[];
}

// The root's own program: the one that `npm start` deploys.
describe.skipIf(whyNot !== undefined)("the same program on one host, and then on a swarm", () => {
  let cluster: SwarmCluster;
  let stack: TestStack;

  beforeAll(async () => {
    cluster = await SwarmCluster.create({ nodes: 2 });
    stack = await TestStack.create(uniqueName("moves"), ".", cluster.manager.host);
    await stack.configure({
      platform: "linux",
      imagesOnNodes: "true",
      webappImage: cluster.images.webapp,
      proxyImage: cluster.images.proxy,
      consoleImage: cluster.images.console,
      publishPort: hostPort,
    });
  });

  afterAll(async () => {
    await cluster.remove();
  });

  const servicesOf = async () =>
    ((await cluster.manager.docker.listServices()) as { Spec: { Name: string } }[]).map(
      ({ Spec }) => Spec.Name,
    );
  const containersOf = async (filters: Record<string, string[]>) =>
    (await cluster.manager.docker.listContainers({ filters })).length;
  const ours = { label: ["webfarm.farm=shop"] };

  it("is on one host what it always was", async () => {
    await stack.up();
    expect(await servicesOf()).toEqual([]);
    expect(await replicasSeen(cluster.manager.url(hostPort), 20)).toHaveLength(2);
  });

  it("says before the move that the old farm has the port", async () => {
    await stack.configure({ orchestrator: "swarm" });
    const { output } = await stack.run("preview");
    expect(output).toMatch(/publishPort: port 8080 of node1 is taken by the container shop-proxy-/);
  });

  it("moves to another port, and serves on the old one until it serves on the new one", async () => {
    await stack.configure({ publishPort: swarmPort });
    const preview = await stack.expect(0, "preview");
    expect(preview.output).toContain("webapp 0 -> 2: +2 replicas; nothing answers until they are healthy");
    expect(preview.output).toContain("proxies start");

    let moving = true;
    const gaps: string[] = [];
    const answers = (port: number) =>
      fetch(cluster.manager.url(port), { signal: AbortSignal.timeout(5000) }).then(
        ({ status }) => status === 200,
        () => false,
      );
    const watch = (async () => {
      while (moving) {
        // The new one is asked after the old one: it may have come in between.
        if (!(await answers(hostPort)) && !(await answers(swarmPort))) gaps.push(new Date().toISOString());
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    await stack.up().finally(() => {
      moving = false;
    });
    await watch;
    expect(gaps).toEqual([]);
    expect(await containersOf({ ...ours, name: ["shop-webapp-1-"] })).toBe(0);
    expect((await servicesOf()).map((name) => name.replace(/-[0-9a-f]{7}$/, "")).sort()).toEqual([
      "shop-proxy",
      "shop-webapp",
    ]);
    for (const node of cluster.nodes) {
      await eventually(`both replicas through ${node.name}`, 30, async () =>
        (await replicasSeen(node.url(swarmPort), 20)).length === 2 ? true : undefined,
      );
    }
    await stack.expect(0, "preview", "--diff", "--expect-no-changes");
  });

  it("has outputs that hold wherever the swarm runs things", async () => {
    const { url, replicas, consoleCommand } = await stack.outputs<Outputs>();
    expect(url).toBe(`http://${cluster.manager.address}:${swarmPort}`);
    expect(replicas.map(({ name, address }) => [name, address])).toEqual([
      ["webapp-1", "webapp"],
      ["webapp-2", "webapp"],
    ]);
    const [network] = /(?<=--network )\S+/.exec(consoleCommand) ?? [];
    // What the command does, without a terminal: a container of its own in the farm's network.
    const { docker } = cluster.nodes[1] ?? cluster.manager;
    const [ended, container] = (await docker.run(
      cluster.images.console,
      ["wget", "-q", "-O", "/dev/null", "http://webapp/"],
      process.stdout,
      { HostConfig: { NetworkMode: network } },
    )) as [{ StatusCode: number }, { remove: () => Promise<void> }];
    await container.remove();
    expect(ended.StatusCode).toBe(0);
  });

  it("rolls back what cannot start, says why, and takes the same settings again after a refresh", async () => {
    const image = webappReference(webappVersions[1]);
    await stack.configure({ webappImage: "pulumi-webfarm/webapp:missing" });
    const bad = await stack.run("up", "--yes", "--skip-preview");
    expect(bad.exitCode).not.toBe(0);
    expect(bad.output).toMatch(/webapp: the swarm has gone back to the settings before: /);
    expect(bad.output).toMatch(
      /webapp\.\d on node\d: rejected: No such image: pulumi-webfarm\/webapp:missing/,
    );
    expect(await replicasSeen(cluster.manager.url(swarmPort), 20)).toHaveLength(2);
    // The state holds what the swarm has refused; the gate does not take that for done.
    const again = await stack.run("up", "--yes", "--skip-preview");
    expect(again.exitCode).not.toBe(0);
    expect(again.output).toContain("pulumi up --refresh");
    await stack.configure({ webappImage: image });
    await stack.expect(0, "up", "--yes", "--skip-preview", "--refresh");
    await stack.expect(0, "preview", "--diff", "--expect-no-changes");
  });

  it("is refused before anything is created where it cannot be, with every fault at once", async () => {
    const worker = cluster.nodes[1];
    if (worker === undefined) throw new Error("no worker");
    const elsewhere = await TestStack.create(uniqueName("worker"), ".", worker.host);
    await elsewhere.configure({
      platform: "linux",
      orchestrator: "swarm",
      webappImage: cluster.images.webapp,
      proxyImage: cluster.images.proxy,
      consoleImage: cluster.images.console,
    });
    const refused = await elsewhere.run("up", "--yes", "--skip-preview");
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain(
      "the engine is a worker of its swarm; only managers can be told what to run",
    );
    await elsewhere.remove();
  });

  it("leaves nothing behind", async () => {
    await stack.remove();
    const { docker } = cluster.manager;
    expect(await servicesOf()).toEqual([]);
    expect(await docker.listConfigs()).toEqual([]);
    expect((await docker.listNetworks({ filters: ours })).map(({ Name }) => Name)).toEqual([]);
  });
});
