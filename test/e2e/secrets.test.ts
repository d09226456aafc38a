import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prepareImages } from "../../toolchain/images";
import { uniqueName } from "../support/engine";
import { library } from "../support/library";
import { filesBelow, leaks, type Marker } from "../support/markers";
import { TestProject } from "../support/project";
import { tlsFixture } from "../support/scaleSet";

/** A secret in each place that takes one. */
const markers: Marker[] = [
  { name: "the variable", text: "Variable5ecret/7f&d" },
  { name: "the variable of a failing app", text: "Failing5ecret~4b" },
  { name: "the registry's password", text: "Registry5ecret+92" },
  // A line from the middle of its base64.
  { name: "the TLS key", text: tlsFixture("first.key").split("\n")[1]?.slice(0, 40) ?? "" },
];
const [variable, failing, password] = markers.map(({ text }) => text);

const program = [
  'const fs = require("node:fs");',
  'const docker = require("@pulumi/docker");',
  'const pulumi = require("@pulumi/pulumi");',
  `const { WindowsWebFarm } = require(${JSON.stringify(library)});`,
  'const { variable, port, tls, password, pull, images, extraConfig } = JSON.parse(fs.readFileSync("planted.json", "utf8"));',
  'const registryAuth = [{ address: "localhost:1", username: "somebody", password: pulumi.secret(password) }];',
  'const provider = new docker.Provider("engine", { registryAuth });',
  'if (pull) new docker.RemoteImage("private", { name: "localhost:1/private:1" }, { provider });',
  'const farm = new WindowsWebFarm("shop", {',
  '  platform: "linux",',
  "  apps: {",
  "    webapp: {",
  "      image: images.webapp,",
  "      ports: [{ container: 80 }],",
  "      environment: { SECRET: pulumi.secret(variable), ...(port && { PORT: pulumi.secret(port) }) },",
  "      stopGraceSeconds: 1,",
  "    },",
  "  },",
  "  proxy: {",
  "    build: { baseImage: images.proxy },",
  "    tls: { certificate: tls.certificate, key: pulumi.secret(tls.key) },",
  "    reload: { maxAttempts: 1, drainSeconds: 1 },",
  "    extraConfig,",
  "  },",
  "  console: { image: images.console },",
  "}, { provider });",
  "module.exports = {",
  "  url: farm.url, topology: farm.topology, consoleCommand: farm.consoleCommand, compose: farm.toCompose(),",
  "  replicas: farm.apps.webapp.replicas, upstreams: farm.proxy.upstreams,",
  "};",
].join("\n");

const docker = new Docker();
const project = uniqueName("secrets");
let stack: TestProject;
let planted: Record<string, unknown>;
/** Everything that anybody may see of it, by where it was seen. */
const seen: Record<string, string> = {};

async function change(values: Record<string, unknown>): Promise<void> {
  planted = { ...planted, ...values };
  await stack.write("planted.json", JSON.stringify(planted));
}

async function run(place: string, expected: "works" | "fails", ...args: string[]): Promise<string> {
  const { exitCode, output } = await stack.run(...args);
  seen[place] = output;
  expect([place, exitCode === 0 ? "works" : "fails", exitCode === 0 ? "" : output]).toEqual([
    place,
    expected,
    expected === "works" ? "" : expect.any(String),
  ]);
  return output;
}

beforeAll(async () => {
  const images = await prepareImages({ docker, log: () => undefined });
  const tls = { certificate: tlsFixture("first.crt"), key: tlsFixture("first.key") };
  planted = { variable, tls, password, images, extraConfig: {} };
  stack = await TestProject.create({
    "Pulumi.yaml": `name: ${project}\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.js\n`,
    "package.json": "{}",
    "index.js": program,
    "planted.json": JSON.stringify(planted),
  });
});

afterAll(async () => {
  await change({ port: undefined, pull: false, extraConfig: {} });
  const { exitCode, output } = await stack.run("destroy", "--yes", "--skip-preview");
  await docker.getImage("webfarm/shop-proxy:2022").remove();
  await stack.remove();
  if (exitCode !== 0) throw new Error(output);
});

describe("secrets", () => {
  const label = [`webfarm.stack=${project}/test`];
  let events: NodeJS.ReadableStream;

  beforeAll(async () => {
    events = await docker.getEvents({ filters: { type: ["container"], label } });
    events.on("data", (chunk: Buffer) => {
      seen["the engine's events"] = (seen["the engine's events"] ?? "") + chunk.toString("utf8");
    });
  });

  afterAll(() => {
    (events as unknown as { destroy(): void }).destroy();
  });

  it("go through an up", async () => {
    await run("preview --diff", "works", "preview", "--diff");
    await run("up", "works", "up", "--yes", "--diff");
    await run("stack export", "works", "stack", "export");
    await run("stack output", "works", "stack", "output", "--json");
  }, 180_000);

  it("go through an up that fails for an app that prints what it was given", async () => {
    await change({ port: failing });
    const output = await run("an up with a failing app", "fails", "up", "--yes", "--diff");
    expect(output).toContain('PORT is "[secret]"');
  }, 180_000);

  it("go through an up that fails for a key that is of another certificate", async () => {
    const tls = { certificate: tlsFixture("renewed.crt"), key: tlsFixture("first.key") };
    await change({ port: undefined, tls });
    expect(await run("an up that nginx refuses", "fails", "up", "--yes")).toContain("key values mismatch");
  }, 180_000);

  it("go through a pull that is refused", async () => {
    await change({ pull: true });
    const output = await run("a pull", "fails", "up", "--yes", "--skip-preview");
    expect(output).toContain("localhost:1/private");
  }, 120_000);

  it("are then in no output, state, log, label, command line or file", async () => {
    for (const { Id, Names } of await docker.listContainers({ all: true, filters: { label } })) {
      const container = docker.getContainer(Id);
      const { Config, Args, Path, HostConfig, Mounts, Name } = await container.inspect();
      // The app's variables are there to be seen by whoever may use the engine: that is how it gets them.
      const own = Names[0]?.startsWith("/shop-webapp") === true;
      const shown = { ...Config, ...(own ? { Env: [] } : {}), Args, Path, HostConfig, Mounts, Name };
      seen[`docker inspect ${Name}`] = JSON.stringify(shown);
      if (!own)
        seen[`docker logs ${Name}`] = (await container.logs({ stdout: true, stderr: true })).toString();
    }
    const image = docker.getImage("webfarm/shop-proxy:2022");
    seen["the built image"] = JSON.stringify([await image.inspect(), await image.history()]);
    // State, history, backups and settings on disk; only what the test planted holds the secrets.
    Object.assign(seen, filesBelow(stack.directory, ["planted.json", "node_modules", "plugins"]));

    expect(Object.keys(seen).length).toBeGreaterThan(20);
    expect(seen["the engine's events"]).toContain("exec_create");
    expect(leaks(markers, seen)).toEqual([]);
  }, 60_000);

  it("would be found, were they there", () => {
    const [first] = markers;
    const text = first?.text ?? "";
    const places = {
      plain: `a ${text} b`,
      base64: Buffer.from(`ab${text}cdefg`).toString("base64"),
      url: encodeURIComponent(text),
      "another one": text.slice(1),
    };
    expect(leaks(markers, places)).toEqual(
      ["plain", "base64", "url"].map((place) => `the variable in ${place}`),
    );
  });
});
