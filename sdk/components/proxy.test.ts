import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { NatServiceArgs, ProxyArgs } from "../args";
import { drawnName, mockEngine, valueOf, type MockEngine } from "../testing";
import { NatService } from "./natService";
import { ProxiedScaleSet } from "./proxiedScaleSet";

let engine: MockEngine;

beforeAll(async () => {
  engine = await mockEngine();
});

const inputsOf = (name: string, type: string) =>
  engine.resources.find((resource) => resource.name === name && resource.type.endsWith(type))?.inputs;

const service: NatServiceArgs = {
  platform: "linux",
  image: "webapp:1",
  replicas: 2,
  ports: [{ container: 80 }],
};

async function deployed(name: string, proxy: ProxyArgs) {
  const set = new ProxiedScaleSet(name, { service, proxy });
  const [url, localUrl, upstreams] = await valueOf(pulumi.all([set.url, set.localUrl, set.upstreams]));
  return {
    url,
    localUrl,
    upstreams,
    container: inputsOf(`${name}-proxy`, ":Container") as Record<string, unknown>,
    reload: inputsOf(`${name}-proxy-reload`, ":Stash") as { input: Record<string, unknown> },
  };
}

const certificate = "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----";
const key = pulumi.secret("-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----");

describe("Proxy", () => {
  it("reloads with every replica, and publishes one port", async () => {
    const { container, reload, localUrl, upstreams } = await deployed("plain", {
      image: "nginx:1.28",
      publish: 8080,
    });
    const upstreamsOfPlain = ["plain-1", "plain-2"].map((name) => `${drawnName(name)}:80`);
    expect(localUrl).toBe("http://localhost:8080");
    expect(upstreams).toEqual(upstreamsOfPlain);
    expect(container.ports).toEqual([{ internal: 80, external: 8080 }]);
    expect(reload.input).toMatchObject({
      proxy: drawnName("plain-proxy"),
      upstreams: { plain: upstreamsOfPlain },
    });
  });

  it("publishes HTTPS and plain HTTP, and keeps the key out of every resource", async () => {
    const { container, reload, url } = await deployed("secure", {
      image: "nginx:1.28",
      serverName: "shop.example.com",
      publish: 443,
      tls: { certificate, key, publishHttp: 80 },
    });
    expect(url).toBe("https://shop.example.com");
    expect(container.ports).toEqual([
      { internal: 443, external: 443 },
      { internal: 80, external: 80 },
    ]);
    expect(reload.input.configuration).toMatch(/^[0-9a-f]{64}$/);
    for (const { inputs } of engine.resources) expect(JSON.stringify(inputs)).not.toContain("hush");
  });

  it("changes the reload, not the container, for another setting", async () => {
    const one = await deployed("setting-a", { image: "nginx:1.28" });
    const two = await deployed("setting-b", { image: "nginx:1.28", maxBodySizeMb: 1, discovery: "resolve" });
    expect(one.reload.input.configuration).not.toBe(two.reload.input.configuration);
    expect(two.reload.input.upstreams).toEqual({ "setting-b": ["setting-b:80"] });
    const withoutNames = (container: object) =>
      JSON.stringify(container).replaceAll(/setting-[ab](-network-\w{7})?/g, "name");
    expect(withoutNames(one.container)).toBe(withoutNames(two.container));
  });

  it("keeps its ports from others of the program", async () => {
    await deployed("first", {
      image: "nginx:1.28",
      publish: 8443,
      tls: { certificate, key, publishHttp: 8480 },
    });
    for (const publish of [8443, 8480]) {
      expect(
        () => new ProxiedScaleSet("second", { service, proxy: { image: "nginx:1.28", publish } }),
      ).toThrow(`host port ${publish}/tcp is held by the proxy of ProxiedScaleSet "first"`);
    }
    const own = { ...service, replicas: 1, rollout: "stopFirst" as const };
    const taken = { ...own, ports: [{ container: 80, host: 8443 }] };
    expect(() => new NatService("direct", taken)).toThrow("is held by the proxy of");
  });

  it("warns of a rollout that loses requests", () => {
    const warned: string[] = [];
    vi.spyOn(pulumi.log, "warn").mockImplementation((line) => {
      warned.push(line);
      return Promise.resolve();
    });
    const make = (name: string, rollout: "startFirst" | "stopFirst") =>
      new ProxiedScaleSet(name, { service: { ...service, rollout }, proxy: { image: "nginx:1.28" } });
    make("start-first", "startFirst");
    make("stop-first", "stopFirst");
    expect(warned).toEqual([expect.stringMatching(/^stop-first: with rollout "stopFirst" requests .* fail/)]);
    vi.restoreAllMocks();
  });

  it("builds its image and runs what was built", async () => {
    await deployed("built", { build: { baseImage: "own:1" } });
    expect(inputsOf("built-proxy-image", ":Image")).toMatchObject({
      imageName: "webfarm/built-proxy:2022",
      skipPush: true,
      build: { builderVersion: "BuilderV1", args: { BASE: "own:1" } },
    });
  });
});
