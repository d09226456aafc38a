import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, it } from "vitest";
import { NatService, ProxiedScaleSet, WindowsWebFarm } from "pulumi-webfarm";
import { drawnName, faultsOf, mockEngine, valueOf, type MockEngine } from "pulumi-webfarm/testing";

let engine: MockEngine;

beforeEach(async () => {
  engine = await mockEngine({ config: { "webfarm:platform": "linux" } });
});

const app = { image: "webapp:1", ports: [{ container: 80 }] };

describe("what a component has on the engine", () => {
  it("is told of a whole farm", async () => {
    const farm = new WindowsWebFarm("shop", {
      apps: {
        webapp: { ...app, replicas: 2, environment: { KEY: pulumi.secret("a=b") }, labels: { team: "web" } },
        api: { ...app, ports: [{ container: 5000 }], routes: [{ path: "/api" }] },
        worker: { image: "worker:1" },
      },
      proxy: { image: "nginx:1", publish: 8080 },
      console: { image: "busybox:1" },
    });
    const shop = await engine.deployed(farm);
    const [first, second] = ["shop-webapp-1", "shop-webapp-2"].map(drawnName);
    expect(Object.keys(shop.apps)).toEqual(["webapp", "api", "worker"]);
    expect(shop.apps.webapp?.upstreams).toEqual([`${first}:80`, `${second}:80`]);
    expect(shop.apps.webapp?.replicas).toMatchObject([
      {
        name: "shop-webapp-1",
        containerName: first,
        image: "webapp:1",
        hostname: "webapp",
        network: drawnName("shop-network"),
        environment: { KEY: "a=b", WEBFARM_REPLICA: "webapp-1", WEBFARM_GENERATION: "1" },
        labels: { team: "web" },
      },
      { name: "shop-webapp-2" },
    ]);
    expect(shop.apps.worker).toMatchObject({ upstreams: [], replicas: [{ image: "worker:1", ports: [] }] });
    expect(shop.proxy).toMatchObject({
      image: "nginx:1",
      ports: [{ container: 80, host: 8080, protocol: "tcp" }],
    });
    for (const upstream of [first, second]) {
      expect(shop.proxy?.nginxConf).toContain(`server ${upstream}:80`);
    }
    expect(shop.console?.image).toBe("busybox:1");
    // Those of the replicas are ephemeral, and all differ.
    expect(shop.hostPorts).toHaveLength(4);
    expect(new Set(shop.hostPorts).size).toBe(4);
    expect(shop.hostPorts.filter((port) => port < 49_152)).toEqual([8080]);
    const addresses = (await valueOf(farm.apps.webapp?.endpoints ?? pulumi.output([]))).sort();
    expect(addresses).toEqual([expect.stringMatching(/^172\.18\.0\.\d+:80$/), expect.any(String)]);
    expect(new Set(addresses).size).toBe(2);
  });

  it("is told of a scale set and of a service alone", async () => {
    const set = await engine.deployed(
      new ProxiedScaleSet("web", { service: { ...app, replicas: 3 }, proxy: { image: "nginx:1" } }),
    );
    expect(set.apps.web?.upstreams).toHaveLength(3);
    expect(set.console).toBeUndefined();
    const alone = await engine.deployed(
      new NatService("alone", { ...app, platform: "windows", replicas: 0 }),
    );
    expect(alone).toEqual({ apps: { alone: { replicas: [], upstreams: [] } }, hostPorts: [] });
    const hosted = new NatService("hosted", {
      ...app,
      ports: [{ container: 80, host: 8081 }],
      rollout: "stopFirst",
    });
    expect((await engine.deployed(hosted)).hostPorts).toEqual([8081]);
  });

  it("has secrets laid open, which the engine's resources keep", async () => {
    const service = new NatService("secretive", { ...app, environment: { KEY: pulumi.secret("hush") } });
    const { apps } = await engine.deployed(service);
    expect(apps.secretive?.replicas[0]?.args.envs).toContain("KEY=hush");
    const registered = engine.resources.find(({ name }) => name === "secretive-1");
    expect(registered?.inputs.envs).toMatchObject({
      "4dabf18193072939515e22adb298388d": expect.any(String) as string,
    });
  });
});

describe("an engine", () => {
  it("is empty, with its ports free, when it is made anew", async () => {
    const make = () => new ProxiedScaleSet("web", { service: app, proxy: { image: "nginx:1", publish: 80 } });
    const before = await engine.deployed(make());
    expect(
      () => new NatService("other", { ...app, ports: [{ container: 80, host: 80 }], rollout: "stopFirst" }),
    ).toThrow("is held by");
    const old = engine;
    engine = await mockEngine({ project: "p", stack: "s", config: { "webfarm:platform": "linux" } });
    expect(engine.resources).toEqual([]);
    const again = await engine.deployed(make());
    // Drawn the same in every run.
    expect({ ...again.proxy, args: undefined }).toEqual({ ...before.proxy, args: undefined });
    const labels = JSON.stringify(engine.resources.map(({ inputs }) => inputs.labels));
    expect(labels).toContain("p/s");
    expect(JSON.stringify(old.resources)).not.toContain("p/s");
  });

  it("gives a look-up back", async () => {
    const service = new NatService("web", { ...app, platform: "windows" });
    expect(await valueOf(service.network)).toBe("nat");
  });
});

describe("faultsOf", () => {
  it("gives the faults of what is refused, none of what is taken, and lets other errors through", () => {
    expect(faultsOf(() => new NatService("web", { ...app, replicas: -1 }))).toMatchObject([
      { path: "replicas" },
    ]);
    expect(faultsOf(() => undefined)).toEqual([]);
    expect(() =>
      faultsOf(() => {
        throw new TypeError("mine");
      }),
    ).toThrow("mine");
  });
});
