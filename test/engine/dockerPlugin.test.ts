import Docker from "dockerode";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readRecordings, type Recording } from "../../toolchain/docker-plugin/testing/recordings";
import { type PropertyMap, text } from "../../toolchain/docker-plugin/values";
import { freePort, makeImage, type Plugin, removeAll, startPlugin } from "./dockerPluginSupport";

/**
 * Replays the recorded deployments of the official plugin, in their order, on a real engine: what it makes,
 * reports, refuses and takes away must be the same. Ids, addresses and random ports are made comparable.
 */
const docker = new Docker();
const prefix = `plugintest${process.pid}-`;
const directory = mkdtempSync(join(tmpdir(), "docker-plugin-"));
const ids = new Map<string, string>();
let plugin: Plugin;
let ports: readonly [number, number];

const rows = readRecordings()
  .map((recording, index) => ({ ...recording, row: index + 1, about: about(recording) }))
  // This engine is in no swarm; dockerPluginSwarm.test.ts replays these.
  .filter((recording) => !recording.case.startsWith("swarm"))
  // Two containers were created side by side for one port; the one that is recorded later got it.
  .sort((left, right) => replayPosition(left) - replayPosition(right));

function replayPosition(recording: Recording & { readonly row: number }): number {
  const isLoser = recording.case === "err-port" && recording.errors !== undefined;
  return isLoser ? recording.row + 1.5 : recording.row;
}

beforeAll(async () => {
  await makeImage(docker, `${prefix}bb`);
  ports = [await freePort(), await freePort()];
  mkdirSync(join(directory, "ctx"));
  writeFileSync(join(directory, "ctx", "Dockerfile"), `FROM ${prefix}bb:1\nARG GREETING\n`);
  process.chdir(directory);
  plugin = await startPlugin();
});

afterAll(async () => {
  plugin.stop();
  await removeAll(docker, prefix);
  process.chdir(tmpdir());
  rmSync(directory, { recursive: true });
});

describe("does what the official plugin did", () => {
  it.each(rows)("row $row: $case $about", async (recording) => {
    if (recording.case === "rf-changed" && recording.method === "Configure") await changeByHand();
    const request = JSON.parse(toLive(JSON.stringify(recording.request))) as PropertyMap;
    if (recording.errors) {
      const failure = await plugin.client.call(recording.method, request).then(
        () => "no error",
        (error: unknown) => (error as { details: string }).details,
      );
      expect(comparableError(toRecorded(failure))).toBe(comparableError(recording.errors[0] ?? ""));
      return;
    }
    const response = await plugin.client.call(recording.method, request);
    const recorded = recording.response ?? {};
    if (recording.method === "Create") remember(text(recorded.id), text(response.id));
    expect(comparable(toRecorded(JSON.stringify(response)))).toEqual(comparable(JSON.stringify(recorded)));
  });
});

function about({ method, request }: Recording): string {
  return [method, text(request.type).replace(/^.*:/, ""), text(request.name)].join(" ");
}

/** Between the recorded refreshes one container was killed and one removed. */
async function changeByHand(): Promise<void> {
  await docker.getContainer(`${prefix}rf-a`).kill();
  await docker.getContainer(`${prefix}rf-b`).remove({ force: true });
}

function remember(recorded: string, live: string): void {
  if (!/^[0-9a-f]{64}$/.test(recorded) || !/^[0-9a-f]{64}$/.test(live)) return;
  ids.set(recorded, live);
  // By default the short id is the hostname.
  ids.set(recorded.slice(0, 12), live.slice(0, 12));
}

function toLive(json: string): string {
  let live = json
    .replaceAll(/"(rec|rf|auto)-/g, `"${prefix}$1-`)
    .replaceAll('"rec/app:1"', `"${prefix}rec/app:1"`)
    .replaceAll('"bb:1"', `"${prefix}bb:1"`)
    .replaceAll('"/srv/data"', JSON.stringify(join(directory, "data")))
    .replaceAll("18080", String(ports[0]))
    .replaceAll("18090", String(ports[1]));
  for (const [recorded, id] of ids) live = live.replaceAll(recorded, id);
  return live;
}

function toRecorded(json: string): string {
  let recorded = json
    .replaceAll(prefix, "")
    .replaceAll(JSON.stringify(join(directory, "data")), '"/srv/data"')
    .replaceAll(String(ports[0]), "18080")
    .replaceAll(String(ports[1]), "18090");
  for (const [id, live] of ids) recorded = recorded.replaceAll(live, id);
  return recorded;
}

/** Without what differs from engine to engine and from run to run. */
function comparable(json: string): unknown {
  const isLocal = (address: string): boolean => address === "0.0.0.0" || address === "127.0.0.1";
  const neutral = json
    .replaceAll(/\b\d+\.\d+\.\d+\.\d+(\/\d+)?/g, (address) => (isLocal(address) ? address : "ADDRESS"))
    .replaceAll(/([0-9a-f]{2}:){5}[0-9a-f]{2}/g, "MAC")
    .replaceAll(/"ipPrefixLength":[1-9]\d*/g, '"ipPrefixLength":"SOME"')
    .replaceAll(/"external":(3[2-9]|[45]\d|6[0-5])\d{3}\b/g, '"external":"RANDOM"')
    // Told by engines that were given a bridge of their own.
    .replaceAll(/"bridge":"[^"]*"/g, '"bridge":"BRIDGE"')
    .replaceAll(/"gateway":"(ADDRESS)?"/g, '"gateway":"ADDRESS"')
    .replaceAll(/"mountpoint":"[^"]*(\/volumes\/[^"]*)"/g, '"mountpoint":"$1"')
    .replaceAll(/"contextDigest":"[^"]*"/g, '"contextDigest":"DIGEST"')
    .replaceAll(/sha256:[0-9a-f]{64}/g, "sha256:ID")
    .replaceAll(/\b[0-9a-f]{64}\b/g, "ID");
  return JSON.parse(neutral, (key, value: unknown) => (key === "containers" ? [] : value));
}

function comparableError(message: string): string {
  return message
    .replace("rpc error: code = Unknown desc = ", "")
    .replaceAll(/\b[0-9a-f]{64}\b/g, "ID")
    .replace(/(error pulling image nosuch:1: Error response from daemon: ).*/s, "$1(why)");
}
