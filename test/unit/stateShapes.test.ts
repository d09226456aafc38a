import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { NatService, ProxiedScaleSet, WindowsWebFarm } from "pulumi-webfarm";
import { mockEngine, valueOf, type MockEngine } from "pulumi-webfarm/testing";
import { reloadInputOf } from "../../sdk/reload/reloadInput";

// What a state holds of a stack, and what the next version has to find there: docs/state.md. A difference here is a
// new shape; either it must be read beside the old one, or every user's containers are replaced.

let engine: MockEngine;

beforeAll(async () => {
  engine = await mockEngine();
});

const pair = {
  certificate: "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
  key: "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
};

/** The kinds of a value's parts: `{ replicas: [{ containerName: string }] }`. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(
    Object.entries(value)
      .sort()
      .map(([key, part]) => [key, shapeOf(part)]),
  );
}

describe("the state", () => {
  it("has the types, names, shapes and labels that are written down", async () => {
    const image = "a:1";
    const ports = [{ container: 80 }];
    const alone = new NatService("alone", { platform: "linux", image, ports, rollout: "stopFirst" });
    const set = new ProxiedScaleSet("set", {
      service: { platform: "linux", image, ports },
      proxy: { image: "nginx:1" },
    });
    const farm = new WindowsWebFarm("farm", {
      platform: "linux",
      apps: { webapp: { image, ports } },
      proxy: { build: {} },
      console: { image: "busybox:1" },
    });
    const swarm = new WindowsWebFarm("swarm", {
      ...{ platform: "linux", orchestrator: "swarm" },
      apps: { webapp: { image, ports } },
      proxy: { image: "nginx:1", publish: 443, tls: pair },
      console: { image: "busybox:1" },
    });
    await Promise.all([
      valueOf(swarm.url),
      valueOf(alone.replicas),
      valueOf(set.url),
      valueOf(farm.url),
      valueOf(farm.consoleCommand),
    ]);
    const lines = engine.resources.flatMap(({ type, name, inputs }) => [
      `${name}  ${type}`,
      ...(type.endsWith(":Stash") ? [`  input: ${JSON.stringify(shapeOf(inputs.input))}`] : []),
      ...labelsOf(inputs).map((label) => `  label: ${label}`),
      ...labelsOf(containerSpecOf(inputs)).map((label) => `  task's label: ${label}`),
    ]);
    const sorted = lines
      .join("\n")
      .replaceAll("\n  ", "\u0000")
      .split("\n")
      .sort()
      .join("\n")
      .replaceAll("\u0000", "\n  ");
    await expect(`${sorted}\n`).toMatchFileSnapshot(join(__dirname, "golden/state.txt"));
  });

  it("of an earlier version is read", () => {
    const common = { proxy: "p", configuration: "c" };
    expect(reloadInputOf({ ...common, upstreams: { web: ["a:80"] } })).toEqual({
      ...common,
      upstreams: { web: ["a:80"] },
    });
    expect(reloadInputOf({ ...common, upstreams: ["a:80"] })).toEqual({
      ...common,
      upstreams: { "": ["a:80"] },
    });
    for (const unknown of [undefined, null, {}, { ...common, upstreams: 1 }, "x"]) {
      expect(reloadInputOf(unknown)).toBeUndefined();
    }
  });
});

function labelsOf({ labels }: Readonly<Record<string, unknown>>): string[] {
  return Array.isArray(labels) ? (labels as { label: string }[]).map(({ label }) => label) : [];
}

/** What a swarm's service says of its tasks. */
function containerSpecOf({ taskSpec }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return (taskSpec as { containerSpec?: Record<string, unknown> } | undefined)?.containerSpec ?? {};
}
