import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import Docker from "dockerode";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readComposeFiles, toCompose, toProgram } from "../../sdk";
import { prepareImages, type FarmImages } from "../../toolchain/images";
import { dockerCompose, type Compose } from "../support/dockerCompose";
import { eventually, freePort, uniqueName } from "../support/engine";
import { library } from "../support/library";
import { TestProject } from "../support/project";
import { tlsFixture } from "../support/scaleSet";
import { TestStack } from "../support/stack";

const docker = new Docker();
const example = resolve(__dirname, "../../examples/compose");
let images: FarmImages;

beforeAll(async () => {
  images = await prepareImages({ docker, log: () => undefined });
});

/** Which replicas answer, by the header that the webapp sends. */
async function answering(url: string, requests = 20): Promise<string[]> {
  const seen = new Set<string>();
  for (let request = 0; request < requests; request++) {
    const answer = await fetch(url, { headers: { connection: "close" } });
    await answer.arrayBuffer();
    seen.add(answer.headers.get("x-webfarm-replica") ?? String(answer.status));
  }
  return [...seen].sort();
}

describe("a farm from a compose file", () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await TestStack.create(uniqueName("e2e"), "examples/compose");
    await stack.configure({
      webappImage: images.webapp,
      proxyImage: images.proxy,
      consoleImage: images.console,
    });
  });

  afterAll(async () => {
    await stack.remove();
    // As compose does, a destroy leaves named volumes and their data.
    await docker.getVolume("compose_data").remove();
  });

  it("serves, scales by configuration, tells what it does in its own way, and leaves nothing running", async () => {
    const { output } = await stack.up();
    expect(output).toMatch(/docker-compose\.yml:\d+:\d+: .*nginx\.conf is read, not mounted/);
    const { localUrl, consoleCommand } = await stack.outputs<Record<string, string>>();
    expect(await answering(localUrl ?? "")).toEqual(["webapp-1", "webapp-2"]);
    expect(consoleCommand).toMatch(/exec -it shop-console-\w+ sh$/);

    await stack.configure({ replicas: 3 });
    const preview = await stack.expect(0, "preview");
    expect(preview.output).toContain("webapp 2 -> 3: webapp-3 joins; nothing is down");
    expect(preview.output).toContain("webapp 2 -> 3: +1 replica, proxy reloads");
    await stack.up();
    expect(await answering(localUrl ?? "", 40)).toEqual(["webapp-1", "webapp-2", "webapp-3"]);

    const next = images.webapp.replace(/1$/, "2");
    await stack.configure({ webappImage: next });
    expect((await stack.expect(0, "preview")).output).toContain(
      `webapp 3 -> 3: webapp-1, webapp-2, webapp-3 replaced (image ${images.webapp} -> ${next}); nothing is down`,
    );

    await stack.expect(0, "destroy", "--yes", "--skip-preview");
    const left = await docker.listContainers({
      all: true,
      filters: { label: [`webfarm.stack=compose/${stack.name}`] },
    });
    expect(left).toEqual([]);
  }, 180_000);

  it("names every fault with line and caret, without a stack trace, and creates nothing", async () => {
    const project = await TestProject.create({
      "Pulumi.yaml": projectFile,
      "index.js": fromFile,
      "docker-compose.yml":
        "services:\n  webapp:\n    image: a:1\n    privileged: true\n    port: [80]\n  proxy: { image: my/nginx, depends_on: [webapp] }\n",
    });
    try {
      const { exitCode, output } = await project.run("preview");
      expect(exitCode).not.toBe(0);
      expect(output).toContain("docker-compose.yml:4:5: privileged has no counterpart in a farm");
      expect(output).toContain("4 |     privileged: true");
      expect(output).toContain("did you mean ports?");
      expect(output).not.toMatch(/\n\s+at .*\.[jt]s:\d+/);
    } finally {
      await project.remove();
    }
  }, 90_000);
});

const sdk = JSON.stringify(library);
const projectFile =
  "name: bycode\nruntime:\n  name: nodejs\n  options:\n    typescript: false\nmain: index.js\n";
const fromFile = `const { WindowsWebFarm } = require(${sdk});
const farm = WindowsWebFarm.fromCompose("shop", { file: "docker-compose.yml", platform: "linux", project: "shop" });
exports.localUrl = farm.localUrl;
exports.url = farm.url;
exports.consoleCommand = farm.consoleCommand;
`;

describe("one farm by compose, by code and by docker compose", () => {
  let project: TestProject;
  let folder: string;
  let compose: Compose;
  const name = uniqueName("dc");

  const variables = () => ({
    WEBAPP_IMAGE: images.webapp,
    PROXY_IMAGE: images.proxy,
    CONSOLE_IMAGE: images.console,
  });
  const read = () =>
    readComposeFiles({
      file: join(example, "docker-compose.yml"),
      platform: "linux",
      project: "shop",
      variables: variables(),
    }).args;

  beforeAll(async () => {
    compose = await dockerCompose();
    folder = await mkdtemp(join(tmpdir(), "webfarm-compose-"));
    project = await TestProject.create({
      "Pulumi.yaml": projectFile,
      "index.js": fromFile
        .replace('"docker-compose.yml"', JSON.stringify(join(example, "docker-compose.yml")))
        .replace('project: "shop"', `project: "shop", variables: ${JSON.stringify(variables())}`),
    });
  });

  afterAll(async () => {
    await project.run("destroy", "--yes", "--skip-preview");
    await project.remove();
    const secrets = { PROXY_TLS_CERTIFICATE: "gone", PROXY_TLS_KEY: "gone" };
    await compose(folder, ["-p", name, "down", "-v", "-t", "1"], secrets);
    await rm(folder, { recursive: true });
    await docker
      .getVolume("shop_data")
      .remove({ force: true })
      .catch(() => undefined);
  });

  it("is the same farm when the program that toProgram writes takes over", async () => {
    const up = await project.run("up", "--yes", "--skip-preview");
    expect(up.exitCode, up.output).toBe(0);
    const program = toProgram("shop", read());
    const { outputText } = ts.transpileModule(program, {
      compilerOptions: { module: ts.ModuleKind.CommonJS },
    });
    await project.write("index.js", outputText.replace('"pulumi-webfarm"', sdk));
    const { exitCode, output } = await project.run("preview", "--diff", "--expect-no-changes");
    expect(exitCode, output).toBe(0);
  }, 180_000);

  it("is run by docker compose from what toCompose writes, and answers by HTTP and HTTPS", async () => {
    const [publishHttp, publish] = [await freePort(), await freePort()];
    const args = read();
    const certificate = tlsFixture("first.crt");
    const key = tlsFixture("first.key");
    const tls = { certificate, key, publishHttp, redirect: false };
    const text = toCompose("shop", { ...args, proxy: { ...args.proxy, publish, tls } });
    await writeFile(join(folder, "docker-compose.yml"), text);
    const up = ["-p", name, "up", "-d", "--no-build"];
    await expect(compose(folder, up)).rejects.toThrow(/PROXY_TLS_(CERTIFICATE|KEY)/);
    await compose(folder, up, { PROXY_TLS_CERTIFICATE: certificate, PROXY_TLS_KEY: key });
    const answer = await eventually("the proxy", 40, async () => {
      const answer = await fetch(`http://localhost:${publishHttp}/`, { headers: { connection: "close" } });
      return answer.status === 200 ? answer : undefined;
    });
    expect(answer.headers.get("x-webfarm-replica")).not.toBeNull();
    const secure = await new Promise<number | undefined>((done, fail) => {
      const options = { ca: certificate, servername: "first.webfarm.example", agent: false };
      get({ host: "localhost", port: publish, ...options }, (answer) => {
        answer.resume();
        done(answer.statusCode);
      }).on("error", fail);
    });
    expect(secure).toBe(200);
    const services = await docker.listContainers({
      filters: { label: [`com.docker.compose.project=${name}`] },
    });
    expect(services.map(({ Labels }) => Labels["com.docker.compose.service"]).sort()).toEqual([
      "console",
      "proxy",
      "webapp",
    ]);
  }, 120_000);
});
