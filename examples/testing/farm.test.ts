import { beforeEach, expect, it } from "vitest";
import { faultsOf, mockEngine, type MockEngine } from "pulumi-webfarm/testing";
import { shopFarm } from "./farm";

// Runs in a second or two, without Pulumi CLI, plugin or Docker engine: `npx vitest run`.

let engine: MockEngine;

beforeEach(async () => {
  engine = await mockEngine({ project: "shop", stack: "production" });
});

it("runs as many replicas as asked for, all behind the proxy", async () => {
  const { apps, proxy } = await engine.deployed(shopFarm(3));
  expect(apps.webapp?.replicas).toHaveLength(3);
  for (const { containerName } of apps.webapp?.replicas ?? []) {
    expect(proxy?.nginxConf).toContain(`server ${containerName}:80`);
  }
});

it("tells the webapp where the api is", async () => {
  const { apps } = await engine.deployed(shopFarm(1));
  const api = apps.api?.replicas[0];
  expect(apps.webapp?.replicas[0]?.environment.API_URL).toBe(`http://${api?.hostname ?? ""}:5000`);
});

it("sends /api to the api, and everything else to the webapp", async () => {
  const { proxy } = await engine.deployed(shopFarm(1));
  expect(proxy?.nginxConf).toMatch(/location \/api\/ \{[^}]*proxy_pass http:\/\/api/);
  expect(proxy?.nginxConf).toMatch(/location \/ \{[^}]*proxy_pass http:\/\/webapp/);
});

it("takes port 80 of the host, and no other that is not ephemeral", async () => {
  const { hostPorts } = await engine.deployed(shopFarm(2));
  expect(hostPorts.filter((port) => port < 49_152)).toEqual([80]);
});

it("pins every image", async () => {
  const { apps, console: shell } = await engine.deployed(shopFarm(1));
  const images = Object.values(apps).flatMap(({ replicas }) => replicas.map(({ image }) => image));
  for (const image of [...images, shell?.image]) expect(image).toMatch(/:(\d[\w.]*|ltsc\d{4})$/);
});

it("refuses what makes no sense", () => {
  expect(faultsOf(() => shopFarm(501))).toMatchObject([{ path: "apps.webapp.replicas", code: "outOfRange" }]);
});
