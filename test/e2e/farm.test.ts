import { createServer, type AddressInfo } from "node:net";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exec } from "../../sdk/reload/exec";
import { prepareImages } from "../../toolchain/images";
import { EngineFixture, eventually, uniqueName } from "../support/engine";
import { Load } from "../support/load";
import { TestStack } from "../support/stack";

interface Outputs {
  url: string;
  localUrl: string;
  consoleCommand: string;
  replicas: {
    name: string;
    containerName: string;
    address: string;
    ports: { container: number; host: number }[];
  }[];
}

const docker = new Docker();
const fixture = new EngineFixture();
const unhealthyImage = { repo: "webfarm-test/unhealthy", tag: uniqueName("e2e") };
let images: Awaited<ReturnType<typeof prepareImages>>;
let stack: TestStack;
let port: number;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "0.0.0.0", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

const ours = () => ({ label: [`webfarm.stack=webfarm/${stack.name}`] });

async function farmContainers() {
  return docker.listContainers({ all: true, filters: ours() });
}

async function namesOf(service: string): Promise<string[]> {
  const all = await farmContainers();
  const names = all
    .filter(({ Labels }) => Labels["webfarm.service"] === service)
    .map(({ Names }) => Names[0] ?? "");
  return names.map((name) => name.slice(1)).sort();
}

async function replicasSeen(url: string): Promise<string[]> {
  const seen = new Set<string>();
  for (let request = 0; request < 30; request++) {
    const answer = await fetch(url, { headers: { connection: "close" } });
    seen.add(answer.headers.get("x-webfarm-replica") ?? String(answer.status));
  }
  return [...seen].sort();
}

beforeAll(async () => {
  images = await prepareImages({ docker, log: () => undefined });
  const template = await docker.createContainer({ Image: images.webapp });
  await template.commit({ ...unhealthyImage, changes: "ENV PORT=81" });
  await template.remove();
  port = await freePort();
  stack = await TestStack.create(uniqueName("e2e"));
  await stack.configure({
    platform: "linux",
    webappImage: images.webapp,
    proxyImage: images.proxy,
    consoleImage: images.console,
    publishPort: port,
  });
});

afterAll(async () => {
  await fixture.cleanUp();
  await stack.remove();
  await docker.getImage(`${unhealthyImage.repo}:${unhealthyImage.tag}`).remove();
});

describe("bad input, before anything is created", () => {
  it.each([
    [
      "replicas",
      "-1",
      "-1 is not allowed; allowed: a whole number from 0 to 500",
      "pulumi config set replicas 2",
    ],
    ["replicas", "501", "501 is not allowed", "pulumi config set replicas 2"],
    ["replicas", "abc", "'replicas' must be of type 'integer'", "replicas"],
    ["platform", "mac", '"mac" is not allowed; allowed: windows or linux', "pulumi config set platform"],
    ["platform", "windows", "runs linux containers", "set the platform to linux"],
    [
      "webappImage",
      "webfarm-test/nosuch:1",
      '"webfarm-test/nosuch:1" is not on the engine',
      "check the name and tag",
    ],
    [
      "publishPort",
      "70000",
      "70000 is not allowed; allowed: a whole number from 1 to 65535",
      "publishPort 8080",
    ],
  ])("refuses %s = %s", async (key, value, problem, advice) => {
    const before = await stack.run("config", "get", key);
    await stack.configure({ [key]: value });
    const result = await stack.run("up", "--yes");
    await (before.exitCode === 0
      ? stack.configure({ [key]: before.stdout.trim() })
      : stack.expect(0, "config", "rm", key));
    expect(result.exitCode).not.toBe(0);
    expect(result.output).toContain(problem);
    expect(result.output).toContain(advice);
    expect(result.output).not.toMatch(/\n\s+at .*\.[jt]s:\d+/);
    expect(await farmContainers()).toEqual([]);
  });

  it("names a port that is taken, by whom, and the key that mends it", async () => {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(port, "0.0.0.0", listening));
    const byProgram = await stack.run("preview");
    await new Promise((closed) => server.close(closed));
    expect(byProgram.output).toContain(`port ${port} is taken by another program on this host`);
    expect(byProgram.output).toContain("pulumi config set publishPort 8080");

    const holder = await fixture.start({
      Image: images.webapp,
      ExposedPorts: { "80/tcp": {} },
      HostConfig: { PortBindings: { "80/tcp": [{ HostPort: String(port) }] } },
    });
    const byContainer = await stack.run("preview");
    const { Name } = await holder.inspect();
    await fixture.cleanUp();
    expect(byContainer.output).toContain(`port ${port} is taken by the container ${Name.slice(1)}`);
    expect(byContainer.exitCode).not.toBe(0);
  });
});

describe("the farm, from up to destroy", () => {
  let outputs: Outputs;

  it("deploys webapp, proxy and console; the proxy answers from both replicas", async () => {
    await stack.up();
    outputs = await stack.outputs<Outputs>();
    expect(outputs.localUrl).toBe(`http://localhost:${port}`);
    expect(outputs.url).toMatch(new RegExp(`^http://[^/]+:${port}$`));
    expect(outputs.replicas.map(({ name }) => name)).toEqual(["webapp-1", "webapp-2"]);
    expect(outputs.consoleCommand).toMatch(/^docker .*exec -it shop-console-\w+ sh$/);
    expect(await replicasSeen(outputs.url)).toEqual(["webapp-1", "webapp-2"]);
    expect(await replicasSeen(outputs.localUrl)).toEqual(["webapp-1", "webapp-2"]);
    for (const { address, ports } of outputs.replicas) {
      expect((await fetch(`http://${address}/`)).status).toBe(200);
      expect((await fetch(`http://localhost:${ports[0]?.host ?? 0}/`)).status).toBe(200);
    }
  });

  it("gives a console in which the service's name resolves to every replica", async () => {
    const [name] = await namesOf("console");
    expect(outputs.consoleCommand).toContain(name);
    const lookup = await exec(docker.getContainer(name ?? ""), ["nslookup", "webapp"], {
      timeoutSeconds: 20,
    });
    for (const { address } of outputs.replicas) expect(lookup.lines.join("\n")).toContain(address);
  });

  it("has nothing to do afterwards", async () => {
    await stack.expect(0, "preview", "--diff", "--expect-no-changes");
    await stack.expect(0, "refresh", "--yes", "--expect-no-changes");
  });

  it("shows in the preview of 2 -> 5 three containers and the upstreams that join", async () => {
    await stack.configure({ replicas: 5 });
    const { stdout } = await stack.expect(0, "preview", "--diff");
    expect(stdout).toMatch(/\+ 3 to create/);
    for (const replica of [3, 4, 5])
      expect(stdout).toMatch(new RegExp(`\\+ \\[${replica - 1}\\]: "shop-webapp-${replica}-\\w+:80"`));
    expect(await namesOf("webapp")).toHaveLength(2);
  });

  it("scales out, in and rolls under load without losing a request", async () => {
    const load = new Load(outputs.url, { fresh: 18, slow: 2 });
    await stack.up();
    expect(await replicasSeen(outputs.localUrl)).toEqual([1, 2, 3, 4, 5].map((n) => `webapp-${n}`));

    await stack.configure({ replicas: 2 });
    await stack.up();
    expect(await namesOf("webapp")).toHaveLength(2);

    await stack.configure({ generation: "2" });
    const before = await namesOf("webapp");
    await stack.up();
    const after = await namesOf("webapp");
    expect(after).toHaveLength(2);
    expect(after.filter((name) => before.includes(name))).toEqual([]);

    const report = await load.stop();
    console.log("load over scale out, scale in and roll:", JSON.stringify(report));
    expect(report.failures).toEqual({});
    expect(report.failed).toBe(0);
    expect(report.ok).toBeGreaterThan(2_000);
    const answered = Object.keys(report.answers).sort();
    expect(answered).toEqual(
      [
        "webapp-1/1",
        "webapp-1/2",
        "webapp-2/1",
        "webapp-2/2",
        "webapp-3/1",
        "webapp-4/1",
        "webapp-5/1",
      ].sort(),
    );
  });

  it("keeps the old generation when the new one is unhealthy, says why, and mends with the next good up", async () => {
    const serving = await namesOf("webapp");
    await stack.configure({ webappImage: `${unhealthyImage.repo}:${unhealthyImage.tag}` });
    for (const attempt of [1, 2]) {
      const result = await stack.run("up", "--yes", "--skip-preview");
      expect(result.exitCode, `attempt ${attempt}`).not.toBe(0);
      expect(result.output).toMatch(/2 replicas are not healthy|a replica is not healthy/);
      expect(result.output).toMatch(/webapp-[12] \(shop-webapp-[12]-\w+\): last check ended with/);
      expect(await namesOf("webapp")).toEqual(expect.arrayContaining(serving));
      expect(await replicasSeen(outputs.localUrl)).toEqual(["webapp-1", "webapp-2"]);
    }
    await stack.configure({ webappImage: images.webapp });
    await stack.up();
    expect(await namesOf("webapp")).toHaveLength(2);
    expect(await replicasSeen(outputs.localUrl)).toEqual(["webapp-1", "webapp-2"]);
    await stack.expect(0, "preview", "--diff", "--expect-no-changes");
  });

  it("replaces a replica that was removed by hand", async () => {
    const [victim] = await namesOf("webapp");
    await docker.getContainer(victim ?? "").remove({ force: true });
    await stack.expect(0, "refresh", "--yes");
    await stack.up();
    expect(await namesOf("webapp")).toHaveLength(2);
    expect(await replicasSeen(outputs.localUrl)).toEqual(["webapp-1", "webapp-2"]);
  });

  it("answers 503 with no replica, and comes back", async () => {
    await stack.configure({ replicas: 0 });
    await stack.up();
    const answer = await fetch(outputs.localUrl);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
    await stack.configure({ replicas: 2 });
    await stack.up();
    expect(await replicasSeen(outputs.localUrl)).toEqual(["webapp-1", "webapp-2"]);
  });

  it("brings the proxy back with its upstreams after a crash", async () => {
    const [proxy] = await namesOf("proxy");
    await docker.getContainer(proxy ?? "").restart({ t: 0 });
    const seen = await eventually("the proxy", 20, () => replicasSeen(outputs.localUrl));
    expect(seen).toEqual(["webapp-1", "webapp-2"]);
  });

  it("leaves nothing behind when it is destroyed", async () => {
    expect(await docker.listNetworks({ filters: ours() })).toHaveLength(1);
    await stack.expect(0, "destroy", "--yes", "--skip-preview");
    expect(await farmContainers()).toEqual([]);
    expect(await docker.listNetworks({ filters: ours() })).toEqual([]);
  });
});
