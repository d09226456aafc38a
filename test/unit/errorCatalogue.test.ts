import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { FarmError, NatService, preflight, WindowsWebFarm, type FarmIssueCode } from "pulumi-webfarm";
import { reloadAdvice } from "../../sdk/reload/reload";
import { farmIssueCodes } from "../../sdk/schema/farmError";
import { warnings } from "../../sdk/schema/warnings";

const docs = resolve(__dirname, "../../docs");
const page = readFileSync(join(docs, "errors.md"), "utf8");

/** The sections of the page's part with this heading: what stands below each `### \`NAME\``. */
function sections(part: string): Map<string, string> {
  const text = page.split(`\n## ${part}\n`)[1]?.split("\n## ")[0] ?? "";
  const found = text.split(/^### /m).slice(1);
  return new Map(
    found.map((section) => {
      const [heading = "", ...lines] = section.split("\n");
      return [heading.replaceAll("`", ""), lines.join("\n")];
    }),
  );
}

/** A section's cause, cure, and the message that it shows. */
function parts(section: string) {
  return {
    cause: /^\*\*Cause\.\*\* .+/m.test(section),
    cure: /^\*\*Cure\.\*\* .+/m.test(section),
    message: /^```\n([\s\S]*?)\n```$/m.exec(section)?.[1],
  };
}

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "webfarm-errors-"));
  await pulumi.runtime.setMocks(
    {
      call: ({ inputs }) => inputs as object,
      newResource: ({ name, type, inputs }) => {
        const outputs = type.endsWith(":Container") ? { networkDatas: [], ports: [] } : {};
        return { id: `${name}-id`, state: { name: `${name}-0000000`, ...outputs, ...(inputs as object) } };
      },
    },
    "project",
    "dev",
  );
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const image = "andrew0928/mvcdemo:1.0";
const ports = [{ container: 80 }];
const proxy = { build: {}, publish: 80 };

/** As from a program in JavaScript, or with `any`: TypeScript refuses most of these before they run. */
const untyped = (args: object) => args as never;

/** What provokes each code. */
const faults: Record<FarmIssueCode, () => unknown> = {
  required: () => new NatService("webapp", untyped({ ports })),
  unknownKey: () => new NatService("webapp", untyped({ image, port: ports })),
  wrongType: () => new NatService("webapp", untyped({ image, replicas: "2" })),
  outOfRange: () => new NatService("webapp", { image, replicas: 501 }),
  notAllowed: () => new NatService("webapp", untyped({ image, platform: "mac" })),
  invalidFormat: () => new NatService("webapp", { image: "my app:1.0" }),
  conflict: () => new NatService("webapp", { image, ports: [{ container: 80, host: 8080 }] }),
  refusedOnWindows: () =>
    new NatService("webapp", {
      image,
      volumes: [{ hostPath: "containers\\data", containerPath: "c:\\data" }],
    }),
  syntax: () =>
    new WindowsWebFarm("shop", {
      apps: { webapp: { image, ports } },
      proxy: { ...proxy, extraConfig: { server: "add_header X-Shop 1; }" } },
    }),
  unsupported: () => {
    const file = join(folder, "docker-compose.yml");
    writeFileSync(
      file,
      [
        "services:",
        "  webapp: { image: 'andrew0928/mvcdemo:1.0', ports: ['80'], container_name: web }",
        "  proxy: { image: 'example/nginx:1.28', ports: ['80:80'], depends_on: [webapp] }",
      ].join("\n"),
    );
    return WindowsWebFarm.fromCompose("shop", { file });
  },
  notFound: () =>
    new WindowsWebFarm("shop", { apps: { webapp: { image, ports, dependsOn: ["api"] } }, proxy }),
  unreachable: () =>
    preflight({
      farm: "shop",
      platform: "windows",
      images: {},
      publish: { path: "proxy.publish", port: 80 },
      engine: { host: "unix:///run/no-engine.sock" },
    }),
};

async function thrownBy(work: () => unknown): Promise<FarmError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof FarmError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("docs/errors.md: refused before anything is created", () => {
  const catalogue = sections("Refused before anything is created");

  it("has exactly the codes that there are", () => {
    expect([...catalogue.keys()]).toEqual([...farmIssueCodes]);
  });

  it.each(farmIssueCodes)(
    "%s: has cause and cure, and shows a message that was really thrown",
    async (code) => {
      const error = await thrownBy(faults[code]);
      expect(error.issues.map((issue) => issue.code)).toEqual([code]);
      expect(parts(catalogue.get(code) ?? "")).toEqual({
        cause: true,
        cure: true,
        message: error.message.replaceAll(`${folder}/`, ""),
      });
    },
  );
});

describe("docs/errors.md: warnings", () => {
  const catalogue = sections("Warnings");

  /** What each warning is told of; the last three need an engine, and `test/e2e/recovery.test.ts` provokes them. */
  const told: Record<keyof typeof warnings, () => unknown> = {
    floatingTag: () => new NatService("latest", { image: "example/webapp", ports }),
    hyperVOnly: () =>
      new NatService("older", {
        image: "mcr.microsoft.com/windows/servercore:ltsc2019",
        hostRelease: "2022",
      }),
    longAlias: () => new NatService("checkout", { image, alias: "checkout-service" }),
    stopFirst: () =>
      new WindowsWebFarm("shop", { apps: { webapp: { image, ports, rollout: "stopFirst" } }, proxy }),
    hostDirectory: () =>
      new NatService("webapp", {
        ...{ image, ports, orchestrator: "swarm" },
        volumes: [{ hostPath: "c:\\containers\\data", containerPath: "c:\\data" }],
      }),
    changedByHand: () => pulumi.log.warn(warnings.changedByHand("shop-proxy-2e47014")),
    putRight: () => pulumi.log.warn(warnings.putRight("shop-proxy-2e47014")),
    proxyStopped: () => pulumi.log.warn(warnings.proxyStopped("shop-proxy-2e47014")),
  };

  it("has exactly the warnings that there are", () => {
    expect([...catalogue.keys()]).toEqual(Object.keys(warnings));
  });

  it.each(Object.keys(told) as (keyof typeof warnings)[])("%s: has cause and cure, and its words", (name) => {
    const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
    told[name]();
    const words = warn.mock.calls.map(([text]) => text);
    warn.mockRestore();
    expect(words).toHaveLength(1);
    expect(parts(catalogue.get(name) ?? "")).toEqual({ cause: true, cure: true, message: words[0] });
  });
});

describe("docs/errors.md: an update that fails on its way", () => {
  it("has the words of each way that a reload can fail", () => {
    const words = Object.values(reloadAdvice).map((advice) => advice.split(/[.;]/)[0] ?? "");
    expect(words.length).toBeGreaterThan(3);
    expect(words.filter((text) => !page.includes(text))).toEqual([]);
  });
});
