import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, it } from "vitest";
import type { WindowsWebFarmArgs } from "../args";
import { drawnName, mockEngine, valueOf, type MockEngine } from "../testing";
import { NatService } from "./natService";
import { ProxiedScaleSet } from "./proxiedScaleSet";
import { WindowsWebFarm } from "./windowsWebFarm";

let engine: MockEngine;

beforeEach(async () => {
  engine = await mockEngine({ config: { "webfarm:platform": "linux", "webfarm:orchestrator": "swarm" } });
});

const app = { image: "webapp:1", ports: [{ container: 80 }] };
const farm: WindowsWebFarmArgs = {
  apps: { webapp: { ...app, replicas: 3 }, api: { ...app, routes: [{ path: "/api" }] } },
  proxy: { image: "nginx:1", publish: 8080 },
  console: { image: "busybox:1" },
};

const ofType = (type: string) => engine.resources.filter((resource) => resource.type.endsWith(`:${type}`));
const inputsOf = (name: string, type = "Service") => ofType(type).find((one) => one.name === name)?.inputs;

describe("a farm on a swarm", () => {
  it("is an overlay network, a service for each app and one for the proxies, and no container", async () => {
    const shop = new WindowsWebFarm("shop", farm);
    expect(await valueOf(shop.url)).toMatch(/:8080$/);
    expect(await valueOf(shop.localUrl)).toBe("http://localhost:8080");
    expect(ofType("Container")).toEqual([]);
    expect(ofType("Network").map(({ inputs }) => inputs)).toMatchObject([
      { driver: "overlay", attachable: true },
    ]);
    expect(ofType("Service").map(({ name }) => name)).toEqual(["shop-webapp", "shop-api", "shop-proxy"]);
    expect(inputsOf("shop-webapp")).toMatchObject({
      mode: { replicated: { replicas: 3 } },
      endpointSpec: { mode: "dnsrr", ports: [] },
      updateConfig: { order: "start-first", failureAction: "rollback" },
      taskSpec: {
        networksAdvanceds: [{ id: ofType("Network")[0]?.state.id, aliases: ["webapp"] }],
        placement: { constraints: ["node.platform.os == linux"] },
      },
    });
    expect(inputsOf("shop-proxy")).toMatchObject({
      mode: { global: true },
      endpointSpec: { ports: [{ publishedPort: 8080, targetPort: 80, publishMode: "host" }] },
      updateConfig: { order: "stop-first" },
      taskSpec: {
        containerSpec: {
          configs: [{ fileName: "/webfarm/start-swarm.sh" }, { fileName: "/webfarm/nginx.conf" }],
        },
      },
    });
    expect(inputsOf("shop-webapp-healthy", "Stash")).toMatchObject({
      input: { service: drawnName("shop-webapp"), tasks: 3 },
    });
    expect(inputsOf("shop-proxy-healthy", "Stash")).toMatchObject({ input: { tasks: "one on each node" } });
  });

  it("tells nginx the one name of each app, so that scaling changes no proxy", async () => {
    const shop = new WindowsWebFarm("shop", farm);
    const conf = await valueOf(shop.proxy.nginxConf);
    expect(conf).toContain("    server webapp:80;");
    expect(await valueOf(shop.proxy.upstreams)).toEqual(["webapp:80", "api:80"]);
    engine = await mockEngine({ config: { "webfarm:platform": "linux", "webfarm:orchestrator": "swarm" } });
    const more = new WindowsWebFarm("shop", {
      ...farm,
      apps: { ...farm.apps, webapp: { ...app, replicas: 0 } },
    });
    expect(await valueOf(more.proxy.nginxConf)).toBe(conf);
  });

  it("has replicas by their places, and one endpoint", async () => {
    const { webapp } = new WindowsWebFarm("shop", farm).apps;
    const stem = drawnName("shop-webapp");
    expect(await valueOf(webapp?.containerNames ?? pulumi.output([]))).toEqual(
      [1, 2, 3].map((n) => `${stem}.${n}`),
    );
    expect(await valueOf(webapp?.endpoints ?? pulumi.output([]))).toEqual(["webapp:80"]);
    expect((await valueOf(webapp?.replicas ?? pulumi.output([])))[1]).toEqual({
      name: "webapp-2",
      containerName: `${stem}.2`,
      containerId: "",
      address: "webapp",
      ports: [{ container: 80, host: 0, protocol: "tcp" }],
    });
  });

  it("opens a console by a command of its own", async () => {
    const { consoleCommand } = new WindowsWebFarm("shop", farm);
    const network = drawnName("shop-overlay");
    expect(await valueOf(consoleCommand)).toContain(
      `run --rm -it --network ${network} --entrypoint sh busybox:1`,
    );
  });

  it("is told of by the library's mocks as one on a host is", async () => {
    const shop = await engine.deployed(new WindowsWebFarm("shop", farm));
    expect(shop.apps.webapp?.upstreams).toEqual(["webapp:80"]);
    expect(shop.apps.webapp?.replicas).toHaveLength(3);
    expect(shop.apps.webapp?.replicas[0]).toMatchObject({
      name: "shop-webapp",
      image: "webapp:1",
      hostname: "webapp",
      network: drawnName("shop-overlay"),
      environment: { WEBFARM_REPLICA: "webapp-{{.Task.Slot}}" },
    });
    expect(shop.proxy).toMatchObject({ image: "nginx:1", ports: [{ container: 80, host: 8080 }] });
    expect(shop.console).toBeUndefined();
    expect(shop.hostPorts).toEqual([8080]);
  });

  it("takes certificate and key as secrets of the swarm, and keeps the key out of everything else", async () => {
    const pem = (what: string, text: string) => `-----BEGIN ${what}-----\n${text}\n-----END ${what}-----\n`;
    const tls = { certificate: pem("CERTIFICATE", "cert"), key: pulumi.secret(pem("PRIVATE KEY", "hush")) };
    const shop = new WindowsWebFarm("shop", { ...farm, proxy: { ...farm.proxy, publish: 443, tls } });
    await valueOf(shop.url);
    const [cert, key] = ["shop-proxy-cert", "shop-proxy-key"].map((name) =>
      JSON.stringify(inputsOf(name, "Secret")),
    );
    expect(cert).toContain(Buffer.from(tls.certificate).toString("base64"));
    expect(key).toContain("4dabf18193072939515e22adb298388d");
    const { taskSpec } = inputsOf("shop-proxy") as { taskSpec: { containerSpec: { secrets: unknown[] } } };
    expect(taskSpec.containerSpec.secrets).toMatchObject([
      { fileName: expect.stringMatching(/^\/webfarm\/tls-[0-9a-f]{16}\.crt$/) as string },
      { fileName: expect.stringMatching(/^\/webfarm\/tls-[0-9a-f]{16}\.key$/) as string },
    ]);
    const others = engine.resources.filter(({ name }) => name !== "shop-proxy-key");
    const hidden = Buffer.from(pem("PRIVATE KEY", "hush")).toString("base64");
    expect(JSON.stringify(others)).not.toMatch(new RegExp(`hush|${hidden}`));
  });

  it("calls transform once for each service, and labels what it gives back as its own", async () => {
    const seen: string[] = [];
    const shop = new WindowsWebFarm("shop", {
      ...farm,
      transform: (container, name) => {
        seen.push(name);
        return { ...container, dns: ["10.0.0.2"] };
      },
    });
    await valueOf(shop.url);
    expect(seen).toEqual(["shop-webapp", "shop-api", "shop-proxy"]);
    for (const name of seen) {
      expect(inputsOf(name)).toMatchObject({
        taskSpec: { containerSpec: { dnsConfig: { nameservers: ["10.0.0.2"] } } },
      });
    }
    const privileged = (args: docker.ContainerArgs) => ({ ...args, privileged: true });
    const other = (publish: number) => ({ ...farm, proxy: { ...farm.proxy, publish } });
    expect(() => new WindowsWebFarm("other", { ...other(8081), transform: privileged })).toThrow(
      /transform\["other-webapp"\].privileged: true excludes orchestrator "swarm"/,
    );
    const third = other(8082);
    expect(
      () => new WindowsWebFarm("third", { ...third, proxy: { ...third.proxy, transform: privileged } }),
    ).toThrow(/proxy.transform.privileged: true excludes orchestrator "swarm"/);
  });
});

describe("a scale set and a service alone on a swarm", () => {
  it("stand on the network that is named, and follow their own argument before the configuration", async () => {
    const set = new ProxiedScaleSet("web", {
      service: { ...app, network: "shared", constraints: ["node.labels.disk == ssd"] },
      proxy: { image: "nginx:1", publish: 80, replicas: 2, constraints: ["node.labels.edge == true"] },
    });
    await valueOf(set.url);
    expect(ofType("Network")).toEqual([]);
    expect(inputsOf("web")).toMatchObject({
      taskSpec: { placement: { constraints: ["node.platform.os == linux", "node.labels.disk == ssd"] } },
    });
    expect(inputsOf("web-proxy")).toMatchObject({
      mode: { replicated: { replicas: 2 } },
      taskSpec: {
        placement: { maxReplicas: 1, constraints: ["node.platform.os == linux", "node.labels.edge == true"] },
      },
    });
    const alone = new NatService("alone", { ...app, orchestrator: "host" });
    await valueOf(alone.replicas);
    expect(ofType("Container").map(({ name }) => name)).toEqual(["alone-1"]);
  });

  it("say which configuration is wrong", async () => {
    engine = await mockEngine({ config: { "webfarm:orchestrator": "nomad" } });
    expect(() => new NatService("web", app)).toThrow(
      /config webfarm:orchestrator: "nomad" is not allowed; allowed: "host", "swarm"/,
    );
  });
});
