import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, it } from "vitest";
import type { WindowsWebFarmArgs } from "../args";
import { ComposeError } from "../compose/findings";
import { readComposeFiles } from "../compose/fromCompose";
import { drawnName, mockEngine, valueOf, type MockEngine } from "../testing";
import { WindowsWebFarm } from "./windowsWebFarm";
import { library } from "../../test/support/library";

let engine: MockEngine;

beforeEach(async () => {
  engine = await mockEngine();
});

const containers = () => engine.resources.filter(({ type }) => type.endsWith(":Container"));
/** What a container or image got; a component may have the same name. */
const inputsOf = (name: string) =>
  engine.resources.find((resource) => resource.name === name && resource.type.startsWith("docker:"))
    ?.inputs ?? {};

const apps: WindowsWebFarmArgs["apps"] = {
  webapp: { image: "webapp:1", ports: [{ container: 80 }], dependsOn: ["api"], replicas: 2 },
  api: {
    image: "built",
    ports: [{ container: 5000 }],
    routes: [{ path: "/api" }],
    memoryMb: 64,
    labels: { tier: "back" },
  },
  worker: { image: "worker:1" },
};

function make(name: string, more: Partial<WindowsWebFarmArgs> = {}): WindowsWebFarm {
  return new WindowsWebFarm(name, {
    platform: "linux",
    apps,
    proxy: { image: "nginx:1" },
    console: { image: "busybox:1" },
    ...more,
  });
}

describe("WindowsWebFarm", () => {
  it("makes every app, the proxy and the console, each app after those it depends on", async () => {
    const farm = make("shop", { builds: { built: { context: "/src/api", target: "x" } } });
    await valueOf(farm.url);
    await valueOf(farm.consoleCommand);
    expect(Object.keys(farm.apps).sort()).toEqual(["api", "webapp", "worker"]);
    const order = containers().map(({ name }) => name);
    expect(order.indexOf("shop-api-1")).toBeLessThan(order.indexOf("shop-webapp-1"));
    expect([...order].sort()).toEqual([
      "shop-api-1",
      "shop-console",
      "shop-proxy",
      "shop-webapp-1",
      "shop-webapp-2",
      "shop-worker-1",
    ]);
    // The digest, not the name, so that a new build makes new containers.
    expect(inputsOf("shop-api-1").image).toBe(
      engine.resources.find(({ name }) => name === "shop-built-image")?.state.repoDigest,
    );
    expect(inputsOf("shop-built-image").build).toMatchObject({
      context: "/src/api",
      dockerfile: "/src/api/Dockerfile",
      target: "x",
      builderVersion: "BuilderV1",
    });
    expect(await valueOf(farm.proxy.upstreams)).toEqual(
      expect.arrayContaining([
        `${drawnName("shop-api-1")}:5000`,
        `${drawnName("shop-webapp-1")}:80`,
        `${drawnName("shop-webapp-2")}:80`,
      ]),
    );
    expect(await valueOf(farm.proxy.upstreams)).toHaveLength(3);
  });

  it("shares its defaults, and an app's own word goes before them", async () => {
    const farm = make("defaulted", {
      defaults: { memoryMb: 128, labels: { team: "web", tier: "front" }, restart: "always" },
    });
    await valueOf(farm.url);
    expect([inputsOf("defaulted-webapp-1").memory, inputsOf("defaulted-api-1").memory]).toEqual([128, 64]);
    expect(inputsOf("defaulted-worker-1").restart).toBe("always");
    expect(inputsOf("defaulted-api-1").labels).toEqual(
      expect.arrayContaining([
        { label: "team", value: "web" },
        { label: "tier", value: "back" },
      ]),
    );
  });

  it("lets its transform have the last word on every container, after those of the parts", async () => {
    const farm = make("shaped", {
      apps: {
        web: {
          image: "a:1",
          ports: [{ container: 80 }],
          transform: (args) => ({ ...args, domainname: "app" }),
        },
      },
      console: { image: "busybox:1", transform: (args) => ({ ...args, tty: true }) },
      transform: (args, name) => ({ ...args, domainname: pulumi.interpolate`${args.domainname} ${name}` }),
    });
    await valueOf(farm.url);
    await valueOf(farm.consoleCommand);
    expect(inputsOf("shaped-web-1").domainname).toBe("app shaped-web-1");
    expect(inputsOf("shaped-proxy").domainname).toBe("undefined shaped-proxy");
    expect(inputsOf("shaped-console")).toMatchObject({ tty: true, domainname: "undefined shaped-console" });
  });

  it("writes itself as compose, with a variable for each secret", async () => {
    const farm = make("written", {
      apps: {
        web: {
          image: pulumi.output("web:1"),
          ports: [{ container: 80 }],
          environment: { PLAIN: pulumi.output("text"), KEY: pulumi.secret("hush") },
        },
      },
    });
    const text = await valueOf(farm.toCompose());
    expect(text).not.toContain("hush");
    expect(text).toContain("PLAIN: text");
    expect(text).toContain("KEY: ${WEB_KEY:?is a secret of the farm}");
    expect(text).toContain("image: web:1");
  });
});

/** Waits until a farm has registered all of its parts. */
const whole = (farm: WindowsWebFarm) =>
  Promise.all([
    valueOf(farm.url),
    valueOf(farm.consoleCommand),
    ...Object.values(farm.apps).map(({ replicas }) => valueOf(replicas)),
  ]);

/** What a farm has registered so far. */
const registered = (farm: string) =>
  engine.resources
    .filter(({ name }) => name.startsWith(farm))
    .map(({ name, type, inputs }) => ({ name, type, inputs }));

describe("two farms on the one network of a Windows host", () => {
  const onNat = (alias?: string): Partial<WindowsWebFarmArgs> => ({
    platform: "windows",
    apps: {
      forum: { image: "forum:1", ports: [{ container: 80 }], ...(alias === undefined ? {} : { alias }) },
    },
  });

  it("must call their apps by different names, and one error says so", async () => {
    await valueOf(make("talk", onNat()).url);
    expect(() => make("chat", onNat())).toThrow(
      /^WindowsWebFarm "chat": one fault; nothing was created\.\n {2}- apps\.forum: the name forum on the network nat is held by WindowsWebFarm "talk" of this program\n {6}-> .*alias: "chat-forum"/,
    );
    await valueOf(make("chat", onNat("chat-forum")).url);
  });
});

describe("WindowsWebFarm.fromCompose", () => {
  it("makes of the field report's file what one writes in code", async () => {
    const folder = join(__dirname, "../../test/fixtures/compose/field-report");
    await whole(WindowsWebFarm.fromCompose("report", { file: join(folder, "docker-compose.yml") }));
    const byFile = registered("report");
    engine = await mockEngine();
    const farm = new WindowsWebFarm("report", {
      platform: "windows",
      network: "nat",
      apps: {
        webapp: {
          image: "andrew0928/mvcdemo:1.0",
          ports: [{ container: 80 }],
          volumes: [{ hostPath: "c:\\containers\\data", containerPath: "c:\\inetpub\\wwwroot\\app_data" }],
        },
      },
      proxy: { image: "andrew0928/mvcproxy", publish: 80 },
      builds: { "andrew0928/mvcproxy": { context: join(folder, "mvcproxy") } },
      console: { image: "microsoft/windowsservercore" },
    });
    await whole(farm);
    // Windows engines have no other builder, and refuse what is asked for the platform of another machine.
    expect(inputsOf("report-andrew0928-mvcproxy-image").build).toMatchObject({
      builderVersion: "BuilderV1",
      platform: "windows/amd64",
    });
    const names = byFile.filter(({ type }) => type.endsWith(":Container")).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["report-webapp-1", "report-proxy"]));
    expect(registered("report")).toEqual(byFile);
  });

  const file = join(__dirname, "../../test/fixtures/compose/valid/anchors/docker-compose.yml");

  it("registers the same resources as the arguments that the file stands for", async () => {
    await whole(WindowsWebFarm.fromCompose("filed", { file, replicas: { webapp: 1 } }));
    const byFile = registered("filed");
    engine = await mockEngine();
    const { args } = readComposeFiles({ file, replicas: { webapp: 1 } });
    await whole(new WindowsWebFarm("filed", args));
    expect(byFile.length).toBeGreaterThan(8);
    expect(registered("filed")).toEqual(byFile);
  });

  it("names a file that is not there, and an app that the file does not have", () => {
    expect(() => WindowsWebFarm.fromCompose("none", { file: "missing.yml" })).toThrow(ComposeError);
    expect(() => WindowsWebFarm.fromCompose("none", { file, replicas: { wepapp: 1 } })).toThrow(
      "the file has no app wepapp",
    );
    expect(engine.resources).toEqual([]);
  });
});

describe("importing the library", () => {
  it("is quick: one file, and neither zod's many nor what only compose files and hooks need", async () => {
    const { execFileSync } = await import("node:child_process");
    const script = "require(process.argv[1]); console.log(Object.keys(require.cache).join())";
    const output = execFileSync(process.execPath, ["-e", script, library], {
      encoding: "utf8",
      timeout: 60_000,
    });
    const loaded = output.trim().split(",");
    expect(loaded.filter((file) => /node_modules.(zod|yaml|dockerode)/.test(file))).toEqual([]);
    expect(loaded.filter((file) => file.startsWith(dirname(dirname(library))))).toEqual([library]);
  });
});
