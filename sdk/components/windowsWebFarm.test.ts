import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { WindowsWebFarmArgs } from "../args";
import { ComposeError } from "../compose/findings";
import { readComposeFiles } from "../compose/fromCompose";
import { WindowsWebFarm } from "./windowsWebFarm";

let created: pulumi.runtime.MockResourceArgs[] = [];

beforeAll(async () => {
  await pulumi.runtime.setMocks(
    {
      call: () => ({}),
      newResource: (args) => {
        created.push(args);
        const outputs = args.type.endsWith(":Container") ? { networkDatas: [], ports: [] } : {};
        const built = args.type.endsWith(":Image") ? { repoDigest: `digest-of-${args.name}` } : {};
        const state = { name: `${args.name}-0000000`, ...outputs, ...built, ...(args.inputs as object) };
        return { id: `${args.name}-id`, state };
      },
    },
    "project",
    "dev",
  );
});

beforeEach(() => {
  created = [];
});

function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

const containers = () => created.filter(({ type }) => type.endsWith(":Container"));
/** What a container or image got; a component may have the same name. */
const inputsOf = (name: string) =>
  created.find((resource) => resource.name === name && resource.type.startsWith("docker:"))?.inputs as Record<
    string,
    unknown
  >;

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
    expect(inputsOf("shop-api-1").image).toBe("digest-of-shop-built-image");
    expect(inputsOf("shop-built-image").build).toMatchObject({
      context: "/src/api",
      dockerfile: "/src/api/Dockerfile",
      target: "x",
    });
    expect(await valueOf(farm.proxy.upstreams)).toEqual(
      expect.arrayContaining([
        "shop-api-1-0000000:5000",
        "shop-webapp-1-0000000:80",
        "shop-webapp-2-0000000:80",
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

describe("WindowsWebFarm.fromCompose", () => {
  const file = join(__dirname, "../../test/fixtures/compose/valid/anchors/docker-compose.yml");

  it("registers the same resources as the arguments that the file stands for", async () => {
    const registered = () =>
      created
        .filter(({ name }) => name.startsWith("filed"))
        .map(({ name, type, inputs }) => ({ name, type, inputs: inputs as unknown }));
    await valueOf(WindowsWebFarm.fromCompose("filed", { file, replicas: { webapp: 1 } }).url);
    const byFile = registered();
    created = [];
    const { args } = readComposeFiles({ file, replicas: { webapp: 1 } });
    await valueOf(new WindowsWebFarm("filed", args).url);
    expect(byFile.length).toBeGreaterThan(8);
    expect(registered()).toEqual(byFile);
  });

  it("names a file that is not there, and an app that the file does not have", () => {
    expect(() => WindowsWebFarm.fromCompose("none", { file: "missing.yml" })).toThrow(ComposeError);
    expect(() => WindowsWebFarm.fromCompose("none", { file, replicas: { wepapp: 1 } })).toThrow(
      "the file has no app wepapp",
    );
    expect(created).toEqual([]);
  });
});

describe("importing the library", () => {
  it("does not load yaml", async () => {
    const { execFileSync } = await import("node:child_process");
    const script =
      "require(process.argv[1]); console.log(Object.keys(require.cache).filter((file) => /node_modules.yaml/.test(file)).length)";
    const output = execFileSync(
      process.execPath,
      ["-e", script, join(__dirname, "../../dist/sdk/index.js")],
      { encoding: "utf8", timeout: 60_000 },
    );
    expect(output.trim()).toBe("0");
  });
});
