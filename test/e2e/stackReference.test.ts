import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exec } from "../../sdk/reload/exec";
import { prepareImages, type FarmImages } from "../../toolchain/images";
import { EngineFixture } from "../support/engine";
import { library } from "../support/library";
import { TestProject, type PulumiRun } from "../support/project";

const engine = new EngineFixture();
const { docker } = engine;
const sdk = JSON.stringify(library);
const project = (name: string) =>
  `name: ${name}\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.js\n`;

/** What one stack offers: a service that stands alone, and one behind a proxy that is told where the first is. */
const services = (network: string, images: FarmImages) => `
const { NatService, ProxiedScaleSet } = require(${sdk});
const place = { platform: "linux", network: ${JSON.stringify(network)}, image: "${images.webapp}", ports: [{ container: 80 }] };
const api = new NatService("api", { ...place, replicas: 2 });
const web = new ProxiedScaleSet("web", {
  service: { ...place, environment: { API: api.endpoints.apply((all) => all.join(",")) } },
  proxy: { image: "${images.proxy}" },
});
exports.api = api.endpoints;
exports.url = web.localUrl;
`;

/** A farm of another stack: its app is built on the way, and gets the first stack's endpoints. */
const farm = (network: string, images: FarmImages, app: { greeting: string; alias?: string }) => `
const pulumi = require("@pulumi/pulumi");
const { WindowsWebFarm } = require(${sdk});
const services = new pulumi.StackReference("organization/services/test");
const farm = new WindowsWebFarm("shop", {
  platform: "linux",
  network: ${JSON.stringify(network)},
  builds: { "webfarm-test/api:${network}": {
    context: __dirname + "/api", target: "served", args: { BASE: "${images.webapp}", GREETING: "${app.greeting}" },
  } },
  apps: { api: {
    image: "webfarm-test/api:${network}",
    ports: [{ container: 80 }],
    environment: { API: services.requireOutput("api").apply((all) => all.join(",")) },
    ${app.alias === undefined ? "" : `alias: "${app.alias}",`}
  } },
  proxy: { image: "${images.proxy}", reload: { drainSeconds: 1 } },
  console: { enabled: false },
});
exports.url = farm.localUrl;
`;

/** The same farm as a compose file. */
const composeFile = (network: string, images: FarmImages) => `
x-webfarm: { platform: linux }
services:
  api:
    image: webfarm-test/api:${network}
    build:
      context: ./api
      target: served
      args: { BASE: "${images.webapp}", GREETING: hello }
    ports: [80]
    environment: { API: "\${API}" }
    x-webfarm: { alias: shop-api }
  proxy:
    image: ${images.proxy}
    ports: [80]
    depends_on: [api]
    x-webfarm: { role: proxy, reload: { drainSeconds: 1 } }
networks: { default: { external: true, name: ${network} } }
`;

const fromCompose = `
const pulumi = require("@pulumi/pulumi");
const { WindowsWebFarm } = require(${sdk});
module.exports = async () => {
  const services = new pulumi.StackReference("organization/services/test");
  const { value } = await services.getOutputDetails("api");
  const variables = { API: value.join(",") };
  const farm = WindowsWebFarm.fromCompose("shop", { file: __dirname + "/docker-compose.yml", variables });
  return { url: farm.localUrl };
};
`;

// The last stage ends the build of everything that is not asked for by its target.
const dockerfile = `ARG BASE
FROM $BASE AS base
ARG GREETING=none
RUN echo "$GREETING" > /greeting
FROM base AS served
ENV BUILT_FOR=served
FROM base AS other
RUN exit 1
`;

describe("two stacks on one network", () => {
  let images: FarmImages;
  let network: string;
  let first: TestProject;
  let second: TestProject;
  const built = new Set<string>();

  const succeed = async (project: TestProject, ...args: string[]): Promise<PulumiRun> => {
    const run = await project.run(...args);
    expect(run.exitCode, run.output).toBe(0);
    return run;
  };
  const outputOf = async <T>(project: TestProject, name: string): Promise<T> =>
    JSON.parse((await succeed(project, "stack", "output", "--json", name)).stdout) as T;
  const containerOf = async (stack: string, replica: string) => {
    const label = [`webfarm.stack=${stack}/test`, `webfarm.replica=${replica}`];
    const [found] = await docker.listContainers({ filters: { label } });
    return docker.getContainer(found?.Id ?? "none");
  };
  const environmentOf = async (stack: string, replica: string) =>
    (await (await containerOf(stack, replica)).inspect()).Config.Env;
  const greetingOf = async () => {
    const container = await containerOf("shop", "api-1");
    built.add((await container.inspect()).Image);
    return (await exec(container, ["cat", "/greeting"], { timeoutSeconds: 20 })).lines;
  };

  beforeAll(async () => {
    images = await prepareImages({ docker, log: () => undefined });
    network = await engine.network();
    first = await TestProject.create({
      "Pulumi.yaml": project("services"),
      "index.js": services(network, images),
    });
    second = await TestProject.create(
      {
        "Pulumi.yaml": project("shop"),
        "index.js": farm(network, images, { greeting: "hello" }),
        "api/Dockerfile": dockerfile,
        "docker-compose.yml": composeFile(network, images),
      },
      { backend: first },
    );
  });

  afterAll(async () => {
    for (const each of [second, first]) await each.run("destroy", "--yes", "--skip-preview");
    for (const each of [second, first]) await each.remove();
    await engine.cleanUp();
    for (const id of built) await removeBuilt(id);
  });

  /** An image, and what the classic builder leaves behind with each step of it. */
  const removeBuilt = async (id: string) => {
    const image = docker.getImage(id);
    const steps = ((await image.history()) as { Id: string }[]).map(({ Id }) => Id);
    const stopped = await docker.listContainers({ all: true, filters: { status: ["created", "exited"] } });
    for (const { Id } of stopped.filter(({ ImageID }) => steps.includes(ImageID))) {
      await docker.getContainer(Id).remove({ force: true });
    }
    await image.remove({ force: true });
  };

  it("feeds the endpoints of a service alone into one behind a proxy", async () => {
    await succeed(first, "up", "--yes", "--skip-preview");
    const endpoints = await outputOf<string[]>(first, "api");
    expect(endpoints).toHaveLength(2);
    expect(await environmentOf("services", "web-1")).toContain(`API=${endpoints.join(",")}`);
    const web = await containerOf("services", "web-1");
    for (const [index, endpoint] of endpoints.entries()) {
      const ask = ["wget", "-q", "-O", "-", `http://${endpoint}/`];
      expect((await exec(web, ask, { timeoutSeconds: 20 })).lines.join("\n")).toContain(`api-${index + 1}`);
    }
    const answer = await fetch(await outputOf<string>(first, "url"));
    expect(answer.headers.get("x-webfarm-replica")).toBe("web-1");
  }, 120_000);

  it("refuses a name that another stack or a foreign container has, and creates nothing", async () => {
    const taken = await second.run("preview");
    expect(taken.exitCode).not.toBe(0);
    expect(taken.output).toMatch(
      /apps\.api: the name api on the network \S+ is held by the container api-\d-\w+ of the farm api \(stack services\/test\)/,
    );
    expect(taken.output).toContain('-> give it another name, such as alias: "shop-api"');

    await second.write("index.js", farm(network, images, { greeting: "hello", alias: "shop-api" }));
    const foreign = await engine.start({
      Image: images.webapp,
      Hostname: "shop-api",
      HostConfig: { NetworkMode: network },
    });
    const { Name } = await foreign.inspect();
    const held = await second.run("up", "--yes", "--skip-preview");
    await foreign.remove({ force: true });
    expect(held.exitCode).not.toBe(0);
    expect(held.output).toContain(
      `apps.api.alias: the name shop-api on the network ${network} is held by the container ${Name.slice(1)}\n`,
    );
    expect(held.output).not.toMatch(/\n\s+at .*\.[jt]s:\d+/);
    const label = ["webfarm.stack=shop/test"];
    expect(await docker.listContainers({ all: true, filters: { label } })).toEqual([]);
  }, 120_000);

  it("uses the first stack's outputs in the second, and builds its image by stage and arguments", async () => {
    await succeed(second, "up", "--yes", "--skip-preview");
    const endpoints = await outputOf<string[]>(first, "api");
    const environment = await environmentOf("shop", "api-1");
    expect(environment).toContain(`API=${endpoints.join(",")}`);
    expect(environment).toContain("BUILT_FOR=served");
    expect(await greetingOf()).toEqual(["hello"]);
    const answer = await fetch(await outputOf<string>(second, "url"));
    expect(answer.headers.get("x-webfarm-replica")).toBe("api-1");
  }, 120_000);

  it("is the same farm from a compose file, builds and all, and rolls out what is built anew", async () => {
    await second.write("index.js", fromCompose);
    await succeed(second, "preview", "--diff", "--expect-no-changes");
    await second.write("docker-compose.yml", composeFile(network, images).replace("hello", "good day"));
    await succeed(second, "up", "--yes", "--skip-preview");
    expect(await greetingOf()).toEqual(["good day"]);
  }, 120_000);
});
