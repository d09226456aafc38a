import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FarmError, NatService, ProxiedScaleSet, WindowsWebFarm } from "pulumi-webfarm";
import { mockEngine, type MockEngine } from "pulumi-webfarm/testing";
import { readComposeFiles } from "../../sdk/compose/fromCompose";
import { readCompose } from "../../sdk/compose/readCompose";
import { farmIssueCodes, type FarmIssue } from "../../sdk/schema/farmError";
import { farmOf, imagesOf, readSettings } from "../../stack/config";
import { hostileText } from "../support/hostile";
import { mangled } from "../support/mutations";
import { fullService } from "../support/serviceSamples";

/**
 * Whatever comes in: a result, or a FarmError that names its faults; nothing is created of what is refused.
 * A failing property prints its seed and path; `fc.assert(..., { seed, path })` repeats it.
 */
let engine: MockEngine;
let cases = 0;

beforeAll(async () => {
  engine = await mockEngine();
});

afterAll(() => {
  console.log(`bad input: ${cases} cases`);
  expect(cases).toBeGreaterThanOrEqual(10_000);
});

/** The faults of what is refused; undefined when it is taken. Anything else than a FarmError fails the test. */
function faultsOf(work: () => unknown): readonly FarmIssue[] | undefined {
  cases++;
  try {
    work();
    return undefined;
  } catch (error) {
    if (!(error instanceof FarmError)) throw error;
    expect(error.issues.length).toBeGreaterThan(0);
    for (const { code, message } of error.issues) {
      expect(farmIssueCodes).toContain(code);
      expect(message).not.toMatch(/^undefined|\[object|\n\s+at /);
    }
    expect(error.message.length).toBeLessThan(50_000);
    return error.issues;
  }
}

/** Time for what was taken to register. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 200));

type Make = (name: string, args: never, opts: pulumi.ComponentResourceOptions) => unknown;

/** An engine for each case: what one holds of its engine, such as a port, another case may hold too. */
const ownEngine = (name: string) => ({ provider: new docker.Provider(`engine-of-${name}`) });

const service = { ...fullService("linux"), platform: "linux", replicas: 1 };
const proxy = {
  image: "nginx:1.28",
  publish: 8443,
  serverName: "shop.example.com",
  tls: {
    certificate: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    key: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    publishHttp: 8080,
    redirect: true,
  },
  loadBalancing: "ipHash",
  keepAliveConnections: 8,
  timeouts: { connectSeconds: 1, readSeconds: 2, sendSeconds: 3 },
  maxBodySizeMb: 1,
  gzip: false,
  discovery: "replicas",
  extraConfig: { http: "map $uri $x { default 1; }", server: "add_header X y;" },
  start: { maxAttempts: 2, delaySeconds: 0.5 },
  reload: { maxAttempts: 2, delaySeconds: 0.5, drainSeconds: 3 },
};
const farm = {
  platform: "linux",
  hostRelease: "2022",
  network: "web",
  apps: {
    webapp: {
      ...fullService("linux"),
      replicas: 1,
      alias: "webapp",
      dependsOn: ["api"],
      loadBalancing: "roundRobin",
    },
    api: {
      image: "built",
      ports: [{ container: 8080 }],
      routes: [{ host: "api.example.com", path: "/api", exact: false }, { path: "/v2" }],
      keepAliveConnections: 4,
    },
  },
  proxy,
  console: { enabled: true, image: "busybox:1" },
  defaults: { labels: { team: "web" }, memoryMb: 64, cpus: 0.5, restart: "always", stopGraceSeconds: 5 },
  builds: { built: { context: "/src", dockerfile: "Dockerfile", args: { A: "1" }, target: "x" } },
};

describe("arguments of the components", () => {
  it.each<[string, object, number, Make]>([
    ["NatService", service, 2000, (...of) => new NatService(...of)],
    ["ProxiedScaleSet", { service, proxy }, 1000, (...of) => new ProxiedScaleSet(...of)],
    ["WindowsWebFarm", farm, 800, (...of) => new WindowsWebFarm(...of)],
  ])(
    "%s: refused whole, or taken",
    async (type, valid, numRuns, make) => {
      const sound = `sound-${type.toLowerCase()}`;
      expect(faultsOf(() => make(sound, valid as never, ownEngine(sound)))).toBeUndefined();
      const refused: string[] = [];
      let number = 0;
      fc.assert(
        fc.property(mangled(valid), (args) => {
          const name = `${type.toLowerCase()}-${number++}x`;
          if (faultsOf(() => make(name, args as never, ownEngine(name))) !== undefined) refused.push(name);
        }),
        { numRuns },
      );
      await settled();
      expect(refused.length).toBeGreaterThan(numRuns / 2);
      expect(number - refused.length).toBeGreaterThan(numRuns / 50);
      const created = new Set(engine.resources.map(({ name }) => /^\w+-\d+x/.exec(name)?.[0]));
      expect(refused.filter((name) => created.has(name))).toEqual([]);
    },
    120_000,
  );

  it("names that are none", async () => {
    fc.assert(
      fc.property(fc.oneof(hostileText, fc.string(), fc.constant("a".repeat(64))), (name) => {
        if (/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name) && name.length < 40) return;
        expect(faultsOf(() => new NatService(name, service as never))).toBeDefined();
        expect(faultsOf(() => new ProxiedScaleSet(name, { service, proxy } as never))).toBeDefined();
        expect(faultsOf(() => new WindowsWebFarm(name, farm as never))).toBeDefined();
      }),
      { numRuns: 200 },
    );
    await settled();
  });
});

describe("the stack's configuration", () => {
  const valid = {
    platform: "linux",
    hostRelease: "2022",
    replicas: "2",
    webappImage: "a:1",
    apiImage: "b:1",
    apiReplicas: "1",
    apiPath: "/api",
    generation: "1",
    proxyImage: "nginx:1",
    consoleImage: "busybox:1",
    publishPort: "8080",
  };

  const value = fc.oneof(
    hostileText,
    fc.constantFrom("-1", "0", "1", "501", "1e3", "0x10", " 2", "2.5", "65536", "NaN", "linux", "windows"),
    fc.string(),
  );
  const settings = fc.dictionary(fc.constantFrom(...Object.keys(valid)), value, { minKeys: 1, maxKeys: 3 });

  it("is refused with the key and the way out, or is a farm", async () => {
    let number = 0;
    fc.assert(
      fc.property(settings, (raw) => {
        pulumi.runtime.setAllConfig(
          Object.fromEntries(
            Object.entries({ ...valid, ...raw }).map(([key, text]) => [`webfarm:${key}`, text]),
          ),
        );
        const faults = faultsOf(() => {
          const settings = readSettings(new pulumi.Config("webfarm"));
          imagesOf(settings);
          const args = farmOf(settings);
          // What is taken takes a while; each eighth tells enough.
          if (number++ % 8 === 0 && settings.replicas + settings.apiReplicas < 5) {
            new WindowsWebFarm(`config-${number}`, args);
          }
        });
        for (const { path, hint } of faults ?? []) {
          if (path.startsWith("webfarm:")) expect(hint).toBeDefined();
        }
      }),
      { numRuns: 1500 },
    );
    await settled();
  }, 120_000);
});

describe("compose files", () => {
  const fixtures = resolve(__dirname, "../fixtures/compose");
  const seeds = ["field-report", "valid/anchors", "valid/routes"].map((name) =>
    readFileSync(join(fixtures, name, "docker-compose.yml"), "utf8"),
  );
  const configuration = readFileSync(join(fixtures, "valid/routes/nginx/nginx.conf"), "utf8");

  /** A farm, or faults that all have a place. */
  function read(text: string, nginx = configuration): void {
    const faults = faultsOf(() =>
      readCompose({
        files: [{ file: "a.yml", text }],
        environment: { TAG: "1" },
        read: (path) => (path.endsWith(".conf") ? nginx : undefined),
      }),
    );
    for (const { path } of faults ?? []) expect(path).toMatch(/.:\d+:\d+$/);
  }

  /** The text with a piece of it cut out and another one in its place. */
  const cut = (text: string, longest: number, insert: fc.Arbitrary<string>) =>
    fc
      .tuple(fc.nat({ max: text.length }), fc.nat({ max: longest }), insert)
      .map(([at, length, inserted]) => text.slice(0, at) + inserted + text.slice(at + length));

  it("texts cut, joined and mangled", () => {
    const signs = ["\t", "\n", "- ", "&a ", "*a", "<<: ", "{", "[", "!x ", "${", '"', "? "];
    const insert = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom(...signs), hostileText);
    const texts = fc.oneof(...seeds.map((seed) => cut(seed, 40, insert)), fc.string({ unit: "binary" }));
    fc.assert(
      fc.property(texts, (text) => {
        read(text);
      }),
      { numRuns: 1000 },
    );
  }, 120_000);

  it("any value at any key", () => {
    const keys = [
      "image",
      "build",
      "command",
      "environment",
      "env_file",
      "ports",
      "expose",
      "volumes",
      "depends_on",
      "networks",
      "healthcheck",
      "labels",
      "restart",
      "deploy",
      "scale",
      "mem_limit",
      "cpus",
      "profiles",
      "extends",
      "x-webfarm",
      "hostname",
      "stop_grace_period",
    ];
    const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), hostileText);
    const service = fc.dictionary(fc.constantFrom(...keys), value);
    const services = fc.dictionary(fc.constantFrom("webapp", "proxy", "api", "__proto__"), service);
    const file = fc.record(
      {
        services: fc.oneof({ weight: 4, arbitrary: services }, fc.jsonValue()),
        networks: fc.jsonValue(),
        volumes: fc.jsonValue(),
        name: value,
        "x-webfarm": fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(file, (content) => {
        read(JSON.stringify(content));
      }),
      { numRuns: 2500 },
    );
  }, 120_000);

  it("a mangled nginx.conf", () => {
    const insert = fc.oneof(fc.string({ maxLength: 4 }), hostileText);
    fc.assert(
      fc.property(cut(configuration, 20, insert), (nginx) => {
        read(seeds[2] ?? "", nginx);
      }),
      { numRuns: 500 },
    );
  }, 120_000);

  it.each([
    ["lists in lists", "[".repeat(10_000)],
    ["maps in maps", "{a: ".repeat(10_000)],
    ["blocks in blocks", Array.from({ length: 2_000 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n")],
    ["a long key", `${"a".repeat(100_000)}: 1`],
    ["a long name", `services: { ${"a".repeat(100_000)}: { image: a } }`],
    ["a long variable", `services: { a: { image: "${"${A:-".repeat(5_000)}" } }`],
  ])("without end: %s", (_, text) => {
    read(text);
  });

  it("arguments of fromCompose", () => {
    const file = join(fixtures, "valid/anchors/docker-compose.yml");
    const valid = {
      file,
      replicas: { webapp: 1 },
      proxy: "proxy",
      profiles: [],
      variables: { A: "1" },
      project: "shop",
    };
    fc.assert(
      fc.property(mangled(valid), (args) => {
        faultsOf(() => readComposeFiles(args as never));
      }),
      { numRuns: 500 },
    );
  }, 120_000);
});
