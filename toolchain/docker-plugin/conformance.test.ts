import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBody } from "./container/createBody";
import type { Engine } from "./engine/connect";
import { type RunningServer, serveProvider } from "./server";
import { RecordingClient } from "./testing/client";
import { readCreateRequest, readRecordings, type Recording } from "./testing/recordings";
import { type PropertyMap, isObject, isUnset, text, type Value } from "./values";

/**
 * Replays what the official plugin was asked (Pulumi CLI 3.259.0, plugin 5.1.0) and compares the answers
 * field by field, over gRPC. What needs a Docker engine is replayed by test/engine/dockerPlugin.test.ts.
 */
const recordings = readRecordings().map((recording, index) => ({ ...recording, row: index + 1 }));

const ENGINE_FREE = ["CheckConfig", "DiffConfig", "Configure", "Check", "Diff"];

const isReplayed = ({ method, request }: Recording): boolean => {
  return ENGINE_FREE.includes(method) || request.preview === true;
};

let server: RunningServer;
let client: RecordingClient;
const startDirectory = process.cwd();

beforeAll(async () => {
  const noEngine = { docker: undefined, endpoint: "none" } as unknown as Engine;
  server = await serveProvider({ connect: () => Promise.resolve(noEngine), version: "5.2.0" });
  client = new RecordingClient(server.port);
  await client.call("Configure", { args: {} });
});

afterAll(() => {
  client.close();
  server.stop();
});

describe("answers like the official plugin", () => {
  const rows = recordings.filter((row) => isReplayed(row) && !isImageCheck(row) && row.method !== "Invoke");

  it.each(rows)("row $row: $method in $case", async ({ method, request, response }) => {
    expect(await client.call(method, request)).toEqual(response);
  });

  it("covers every recorded call that needs no engine", () => {
    const others = recordings.filter((row) => !isReplayed(row));
    expect(new Set(others.map(({ method }) => method))).toEqual(
      new Set(["Create", "Read", "Update", "Delete", "Invoke"]),
    );
    expect(rows.length).toBeGreaterThan(150);
  });
});

/** The recorded context is not at hand: the same check in a context of our own, but for the digest. */
describe("Image", () => {
  const checks = recordings.filter(isImageCheck);
  let directory = "";

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "docker-plugin-"));
    mkdirSync(join(directory, "ctx"));
    writeFileSync(join(directory, "ctx", "Dockerfile"), "FROM bb:1\n");
    process.chdir(directory);
  });

  afterAll(() => {
    process.chdir(startDirectory);
    rmSync(directory, { recursive: true, force: true });
  });

  it.each(checks)("row $row: $method in $case", async ({ method, request, response }) => {
    const answer = await client.call(method, request);
    const digest = /^[0-9a-f]{64}$/;
    const expected = response ?? {};
    expect(contextDigestOf(answer)).toMatch(digest);
    expect(contextDigestOf(expected)).toMatch(digest);
    expect(withDigest(answer, "")).toEqual(withDigest(expected, ""));
  });
});

describe("the request that creates a container", () => {
  it("is the recorded one, but for what the engine takes as not set anyway", () => {
    const inputs = {
      command: ["sleep", "1000"],
      cpus: "1.5",
      envs: ["A=1"],
      healthcheck: { tests: ["CMD", "true"], interval: "1s", timeout: "1s", retries: 2, startInterval: "0s" },
      hostname: "webapp",
      image: "bb:1",
      labels: [{ label: "webfarm.farm", value: "shop" }],
      memory: 512,
      networkMode: "nat",
      ports: [{ internal: 80, ip: "0.0.0.0", protocol: "tcp" }],
      restart: "unless-stopped",
      volumes: [{ hostPath: "/srv/data", containerPath: "/data" }],
    };
    expect(withoutUnset(createBody(inputs) as PropertyMap)).toEqual(withoutUnset(readCreateRequest()));
  });
});

function isImageCheck({ method, request }: Recording): boolean {
  return method === "Check" && request.type === "docker:index/image:Image";
}

function contextDigestOf(answer: PropertyMap): string {
  const inputs = isObject(answer.inputs) ? answer.inputs : {};
  return isObject(inputs.build) ? text(inputs.build.contextDigest) : "";
}

function withDigest(answer: PropertyMap, contextDigest: string): PropertyMap {
  const inputs = isObject(answer.inputs) ? answer.inputs : {};
  const build = isObject(inputs.build) ? inputs.build : {};
  return { ...answer, inputs: { ...inputs, build: { ...build, contextDigest } } };
}

/** `Init` and an exposed port say something although they are false and empty. */
function withoutUnset(value: Value, name = ""): Value {
  if (!isObject(value) || ["ExposedPorts", "Volumes"].includes(name)) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, withoutUnset(inner, key)] as const);
  const isMeant = ([key, inner]: readonly [string, Value]): boolean =>
    key === "Init" || (!isUnset(inner) && key !== "ConsoleSize");
  return Object.fromEntries(entries.filter(isMeant));
}
