import { afterAll, beforeAll, expect, it } from "vitest";
import type { Engine } from "./engine/connect";
import { type RunningServer, serveProvider } from "./server";
import { RecordingClient } from "./testing/client";
import { secret, UNKNOWN } from "./values";

let server: RunningServer;
let client: RecordingClient;

beforeAll(async () => {
  const noEngine = { docker: undefined, endpoint: "none" } as unknown as Engine;
  server = await serveProvider({ connect: () => Promise.resolve(noEngine), version: "5.2.0" });
  client = new RecordingClient(server.port);
});

afterAll(() => {
  client.close();
  server.stop();
});

const urn = (type: string): string => `urn:pulumi:dev::shop::shop:index:Farm$docker:index/${type}::it`;

it("refuses the types that it does not serve before anything is created", async () => {
  const { failures } = await client.call("Check", { urn: urn("plugin:Plugin"), news: {} });
  expect(failures).toMatchObject([{ reason: expect.stringContaining("plugin:Plugin") as unknown }]);
});

it("refuses what a property cannot be, by name", async () => {
  const news = { image: "bb:1", memory: -1, restart: "sometimes", volumes: [{ hostPath: "\\\\.\\pipe\\x" }] };
  const { failures } = await client.call("Check", { urn: urn("container:Container"), name: "it", news });
  expect((failures as { property: string }[]).map(({ property }) => property)).toEqual([
    "memory",
    "restart",
    "volumes[0].hostPath",
  ]);
});

it("refuses provider settings that it does not know", async () => {
  const { failures } = await client.call("CheckConfig", { news: { hots: "unix:///x", registryAuth: "[" } });
  expect((failures as { property: string }[]).map(({ property }) => property)).toEqual([
    "hots",
    "registryAuth",
  ]);
});

it("works with values that are secret or not known yet", async () => {
  await client.call("Configure", { args: {} });
  const news = { image: UNKNOWN, envs: ["A=1", secret("B=2")], networkMode: "nat" };
  const checked = await client.call("Check", { urn: urn("container:Container"), name: "it", news });
  expect(checked).toMatchObject({ inputs: { image: UNKNOWN, envs: ["A=1", "B=2"] } });
  const planned = await client.call("Create", {
    urn: urn("container:Container"),
    preview: true,
    properties: checked.inputs ?? {},
  });
  expect(planned).toMatchObject({ properties: { image: UNKNOWN, envs: ["A=1", "B=2"], networkMode: "nat" } });
});

it("says which functions there are", async () => {
  const call = client.call("Invoke", { tok: "docker:index/getPlugin:getPlugin", args: {} });
  await expect(call).rejects.toThrow(/does not support .*getPlugin.*supported here: .*getNetwork/);
});
