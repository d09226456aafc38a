import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { runInThisContext } from "node:vm";
import fc from "fast-check";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import type { AppArgs, WindowsWebFarmArgs } from "../args";
import { planFarm } from "../plan/farmPlan";
import { planService } from "../plan/servicePlan";
import { topologyOf } from "../plan/topology";
import { traitsOf } from "../platform/platform";
import { windowsWebFarmIssues } from "../schema/farmRules";
import { natServiceSchema } from "../schema/natService";
import { validate } from "../schema/validate";
import { windowsWebFarmSchema } from "../schema/windowsWebFarm";
import { toProgram } from "./program";
import { readCompose } from "./readCompose";
import { toCompose } from "./toCompose";

/** Everything that a farm's arguments make of containers, proxy and console. */
function planOf(args: WindowsWebFarmArgs) {
  const traits = traitsOf(args.platform ?? "windows");
  const release = args.hostRelease ?? "2022";
  const valid = validate(windowsWebFarmSchema, args, "test", windowsWebFarmIssues(args, { traits, release }));
  const apps = planFarm("shop", args, valid).apps.map(({ service, ...app }) => ({
    ...app,
    plan: planService(validate(natServiceSchema, service, app.name), {
      resourceStem: `shop-${app.name}`,
      owner: { stack: "project/dev", farm: "shop", service: app.name },
      traits,
      release,
    }),
  }));
  const network = valid.network ?? traits.externalNetwork;
  const console = valid.console.enabled ? (valid.console.image ?? traits.consoleImage(release)) : undefined;
  return { apps, proxy: valid.proxy, console, network, builds: valid.builds, release };
}

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/);
/** Texts that YAML, compose and shells all have their own ideas about. */
const anyText = fc.oneof(
  fc.string({ maxLength: 12 }).filter((text) => !text.includes("\0")),
  fc.constantFrom(
    "$HOME",
    "${A:-b}",
    "$$",
    "yes",
    "null",
    "1.0",
    "0x1F",
    "a: b # c",
    "- x",
    "'",
    '"',
    "c:\\x\\y",
    "a\nb\n",
    " lead",
    "~",
  ),
);

const app: fc.Arbitrary<AppArgs> = fc
  .record(
    {
      image: fc.constantFrom("a:1", "registry.example/b/c:2.0", "built"),
      replicas: fc.integer({ min: 0, max: 500 }),
      ports: fc
        .uniqueArray(
          fc.record({
            container: fc.integer({ min: 1, max: 65535 }),
            protocol: fc.constantFrom("tcp" as const, "udp" as const),
          }),
          {
            maxLength: 3,
            selector: ({ container }) => container,
          },
        )
        .map((ports) => [{ container: 80 }, ...ports.filter(({ container }) => container !== 80)]),
      volumes: fc.uniqueArray(
        fc.record({
          volume: fc.constantFrom("data", "cache"),
          containerPath: word.map((name) => `/srv/${name}`),
          readOnly: fc.boolean(),
        }),
        { maxLength: 2, selector: ({ containerPath }) => containerPath },
      ),
      environment: fc.dictionary(fc.stringMatching(/^[A-Z_]{1,6}$/), anyText, { maxKeys: 3 }),
      command: fc.array(anyText, { maxLength: 3 }),
      entrypoint: fc.array(anyText, { minLength: 1, maxLength: 3 }),
      labels: fc.dictionary(word, anyText, { maxKeys: 2 }),
      restart: fc.constantFrom("no" as const, "always" as const, "on-failure" as const),
      memoryMb: fc.integer({ min: 6, max: 4096 }),
      cpus: fc.integer({ min: 1, max: 64 }).map((cpus) => cpus / 4),
      stopGraceSeconds: fc.integer({ min: 0, max: 300 }),
      user: word,
      workingDir: word.map((name) => `/srv/${name}`),
      alias: word,
      generation: word,
      rollout: fc.constantFrom("startFirst" as const, "stopFirst" as const),
      loadBalancing: fc.constantFrom("ipHash" as const, "leastConnections" as const),
      keepAliveConnections: fc.nat({ max: 100 }),
      healthCheck: fc.oneof(
        fc.record({ path: word.map((name) => `/${name}`), retries: fc.integer({ min: 1, max: 9 }) }),
        fc.record({
          command: anyText.filter((text) => text !== ""),
          intervalSeconds: fc.integer({ min: 1, max: 60 }),
        }),
        fc.constant({ enabled: false }),
      ),
    },
    { requiredKeys: ["image", "ports"] },
  )
  .map((args) => args as AppArgs);

const farm: fc.Arbitrary<WindowsWebFarmArgs> = fc
  .record({
    names: fc.uniqueArray(
      word.filter((name) => !["proxy", "console"].includes(name)),
      { minLength: 1, maxLength: 3 },
    ),
    apps: fc.array(app, { minLength: 3, maxLength: 3 }),
    routes: fc.array(fc.constantFrom(undefined, "path", "host", "none"), { minLength: 3, maxLength: 3 }),
    defaults: fc.record(
      { labels: fc.dictionary(word, anyText, { maxKeys: 2 }), memoryMb: fc.constant(64) },
      { requiredKeys: [] },
    ),
    proxy: fc.record(
      {
        publish: fc.integer({ min: 1, max: 65535 }),
        serverName: fc.constant("shop.example"),
        timeouts: fc.record({ readSeconds: fc.integer({ min: 1, max: 600 }) }),
        gzip: fc.boolean(),
        extraConfig: fc.record({
          http: fc.constant("map $a $b { default 1; }\n"),
          server: anyText.map((text) => `add_header X "${text.replaceAll(/[\\"]/g, "\\$&")}";`),
        }),
        reload: fc.record({ drainSeconds: fc.nat({ max: 60 }) }),
      },
      { requiredKeys: [] },
    ),
    console: fc.boolean(),
    network: fc.option(word, { nil: undefined }),
  })
  .map(({ names, apps, routes, defaults, proxy, console, network }) => ({
    platform: "linux" as const,
    apps: Object.fromEntries(
      names.map((name, index): [string, AppArgs] => {
        const kind = routes[index];
        const own =
          kind === undefined
            ? undefined
            : kind === "none"
              ? []
              : kind === "path"
                ? [{ path: `/${name}` }]
                : [{ host: `${name}.example`, path: "/", exact: true }];
        const dependsOn = names.slice(0, index);
        const base: AppArgs = apps[index] ?? { image: "a:1" };
        return [
          name,
          {
            ...base,
            ...(own === undefined ? {} : { routes: own }),
            ...(dependsOn.length === 0 ? {} : { dependsOn }),
          },
        ];
      }),
    ),
    defaults,
    builds: { built: { context: "/src/app", target: "runtime", args: { A: "$x" } } },
    proxy: { image: "nginx:1.28", ...proxy },
    console: console ? { image: "busybox:1" } : { enabled: false },
    ...(network === undefined ? {} : { network }),
  }));

/** Builds that nobody asks for are not in a compose file. */
function used(args: WindowsWebFarmArgs): WindowsWebFarmArgs {
  const isUsed = Object.values(args.apps).some(({ image }) => image === "built");
  return isUsed ? args : { ...args, builds: {} };
}

describe("a farm written as compose, and read again", () => {
  it("is the same farm, and is written the same way again", () => {
    fc.assert(
      fc.property(farm, (given) => {
        const args = used(given);
        const text = toCompose("shop", args);
        const again = readCompose({ files: [{ file: "docker-compose.yml", text }], environment: {} });
        expect(planOf(again.args)).toEqual(planOf(args));
        expect(toCompose("shop", again.args)).toBe(text);
        expect(again.notes).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("keeps what only a swarm has, in the form that docker compose runs on one host", () => {
    const farm: WindowsWebFarmArgs = {
      platform: "linux",
      orchestrator: "swarm",
      apps: {
        webapp: {
          image: "webapp:1",
          replicas: 3,
          ports: [{ container: 80 }],
          constraints: ["node.role == worker"],
        },
      },
      proxy: {
        ...{ image: "nginx:1", publish: 80, replicas: 2, publishMode: "ingress" },
        constraints: ["node.labels.edge == true"],
      },
      console: { enabled: false },
    };
    const text = toCompose("shop", farm);
    expect(text).toContain("scale: 3");
    expect(text).not.toMatch(/deploy:|overlay/);
    const { args } = readCompose({ files: [{ file: "docker-compose.yml", text }], environment: {} });
    expect(args).toMatchObject({
      orchestrator: "swarm",
      apps: { webapp: { constraints: ["node.role == worker"] } },
      proxy: { replicas: 2, publishMode: "ingress", constraints: ["node.labels.edge == true"] },
    });
    const onOneHost = () =>
      readCompose({ files: [{ file: "docker-compose.yml", text }], environment: {}, orchestrator: "host" });
    expect(onOneHost).toThrow(
      /constraints: \["node.role == worker"\] is for a swarm; the orchestrator is "host"/,
    );
  });

  it("holds no secret, but a variable that must be set", () => {
    const args: WindowsWebFarmArgs = {
      platform: "linux",
      apps: {
        web: { image: "a:1", ports: [{ container: 80 }], environment: { DB_PASSWORD: "hush", PRICE: "$5" } },
      },
      proxy: { image: "nginx:1.28" },
      console: { enabled: false },
    };
    const text = toCompose("shop", args, new Set(["apps.web.environment.DB_PASSWORD"]));
    expect(text).not.toContain("hush");
    expect(text).toContain("DB_PASSWORD: ${WEB_DB_PASSWORD:?is a secret of the farm}");
    const files = [{ file: "docker-compose.yml", text }];
    const again = readCompose({ files, environment: { WEB_DB_PASSWORD: "hush" } });
    expect(again.args.apps.web?.environment).toEqual({ DB_PASSWORD: "hush", PRICE: "$5" });
    expect(() => readCompose({ files, environment: {} })).toThrow("the variable WEB_DB_PASSWORD is not set");
  });
});

describe("a farm with TLS, written as compose", () => {
  const certificate = "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n";
  const key = "-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----\n";
  const args: WindowsWebFarmArgs = {
    platform: "linux",
    apps: { web: { image: "a:1", ports: [{ container: 80 }] } },
    proxy: { image: "nginx:1.28", publish: 8443, tls: { certificate, key, publishHttp: 8080 } },
    console: { enabled: false },
  };
  const environment = { PROXY_TLS_CERTIFICATE: certificate, PROXY_TLS_KEY: key };

  it("references certificate and key, writes neither, and reads back as the same farm", () => {
    const text = toCompose("shop", args);
    expect(text).not.toMatch(/hush|abc/);
    expect(text).toContain("WEBFARM_TLS_KEY: ${PROXY_TLS_KEY:?is a secret of the farm}");
    expect(text).toMatch(/ports:\n {6}- 8443:443\n {6}- 8080:80\n/);
    const files = [{ file: "docker-compose.yml", text }];
    const again = readCompose({ files, environment });
    expect(planOf(again.args)).toEqual(planOf(args));
    expect(toCompose("shop", again.args)).toBe(text);
    expect(() => readCompose({ files, environment: {} })).toThrow("the variable PROXY_TLS_KEY is not set");
  });

  it("is written when only the farm itself could see the secrets, and refused when they are none", () => {
    const hidden = { ...args, proxy: { ...args.proxy, tls: { certificate: "\0", key: "\0" } } };
    const secrets = new Set(["proxy.tls.certificate", "proxy.tls.key"]);
    expect(toCompose("shop", hidden, secrets)).toContain("PROXY_TLS_CERTIFICATE");
    expect(() => toCompose("shop", hidden)).toThrow("proxy.tls.certificate: is no certificate in PEM form");
  });

  it.each([
    ["[443:443, 81:80, 90:90]", "a second port"],
    ["[443:443, 80]", "plain HTTP beside TLS needs a port of the host"],
    ["[443:443, 81:80]", "plain HTTP is on 81 here, and on 80 in x-webfarm"],
  ])("refuses ports that say something else: %s", (ports, message) => {
    const text = `services:
  web: { image: a, ports: [80] }
  proxy:
    image: nginx
    ports: ${ports}
    depends_on: [web]
    x-webfarm: { role: proxy, tls: { certificate: "\${PROXY_TLS_CERTIFICATE}", key: "\${PROXY_TLS_KEY}", publishHttp: 80 } }
`;
    const read = () => readCompose({ files: [{ file: "docker-compose.yml", text }], environment });
    expect(read).toThrow(message);
  });
});

const fieldReport: WindowsWebFarmArgs = {
  hostRelease: "2016",
  apps: {
    webapp: {
      image: "andrew0928/mvcdemo:1.0",
      replicas: 2,
      ports: [{ container: 80 }],
      volumes: [{ hostPath: "c:\\containers\\data", containerPath: "c:\\inetpub\\wwwroot\\app_data" }],
    },
    api: {
      image: "example/api:1.0",
      ports: [{ container: 5000 }],
      routes: [{ path: "/api" }],
      dependsOn: ["webapp"],
    },
  },
  proxy: { image: "example/nginx-windows:1.28", publish: 80 },
};

describe("the field report's farm", () => {
  it("is written as compose", async () => {
    // The configuration's own text is golden elsewhere.
    const text = toCompose("shop", fieldReport).replace(
      /(WEBFARM_NGINX_CONF: )\|[^]*?(?=\n {4}entrypoint)/,
      "$1...",
    );
    await expect(text).toMatchFileSnapshot(join(__dirname, "golden/field-report.yml"));
    const again = readCompose({ files: [{ file: "a.yml", text: toCompose("shop", fieldReport) }] });
    expect(planOf(again.args)).toEqual(planOf(fieldReport));
  });

  it("is drawn", async () => {
    const valid = validate(windowsWebFarmSchema, fieldReport, "test");
    const picture = topologyOf(planFarm("shop", fieldReport, valid), "nat");
    await expect(picture).toMatchFileSnapshot(join(__dirname, "golden/topology.mmd"));
  });
});

describe("a farm written as a program", () => {
  it("is what a person would write", async () => {
    await expect(toProgram("shop", fieldReport)).toMatchFileSnapshot(
      join(__dirname, "golden/program.ts.txt"),
    );
  });

  it("compiles with strict settings", () => {
    const directory = mkdtempSync(join(tmpdir(), "webfarm-program-"));
    const file = join(directory, "index.ts");
    writeFileSync(file, toProgram("shop", fieldReport));
    symlinkSync(resolve(__dirname, "../../node_modules"), join(directory, "node_modules"));
    const program = ts.createProgram([file], {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.CommonJS,
      moduleResolution: ts.ModuleResolutionKind.Node10,
      types: [],
      paths: { "pulumi-webfarm": [resolve(__dirname, "../index.ts")] },
    });
    const faults = ts.getPreEmitDiagnostics(program, program.getSourceFile(file));
    rmSync(directory, { recursive: true });
    expect(faults.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
  }, 60_000);

  it("makes the same farm, whatever the arguments", () => {
    fc.assert(
      fc.property(farm, (args) => {
        const text = toProgram("shop", args);
        const inside = text.slice(text.indexOf("{\n"), text.indexOf("});\n") + 1);
        const evaluated = runInThisContext(`(${inside})`) as WindowsWebFarmArgs;
        expect(planOf(evaluated)).toEqual(planOf(args));
      }),
      { numRuns: 40 },
    );
  });
});
