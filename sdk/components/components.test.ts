import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, it } from "vitest";
import { drawnName, faultsOf, mockEngine, valueOf, type MockEngine } from "../testing";
import { NatService } from "./natService";
import { ProxiedScaleSet } from "./proxiedScaleSet";
import { WindowsWebFarm } from "./windowsWebFarm";

let engine: MockEngine;

beforeEach(async () => {
  engine = await mockEngine();
});

const containers = () => engine.resources.filter(({ type }) => type === "docker:index/container:Container");

const pathsOf = (make: () => unknown) => faultsOf(make).map(({ path }) => path);

const app = { image: "webapp:1", ports: [{ container: 80 }] };

describe("NatService", () => {
  it("creates a container for each replica on the external network of Windows", async () => {
    const service = new NatService("webapp", { ...app, replicas: 2, platform: "windows" });
    expect(await valueOf(service.containerNames)).toEqual(["webapp-1", "webapp-2"].map(drawnName));
    expect(await valueOf(service.network)).toBe("nat");
    expect(containers().map(({ inputs }) => inputs)).toEqual([
      expect.objectContaining({ networkMode: "nat", hostname: "webapp", destroyGraceSeconds: 30 }) as object,
      expect.objectContaining({ networkMode: "nat", hostname: "webapp" }) as object,
    ]);
    expect(engine.resources.some(({ type }) => type === "docker:index/network:Network")).toBe(false);
  });

  it("makes a network of its own on Linux", async () => {
    const service = new NatService("webapp", { ...app, platform: "linux" });
    expect(await valueOf(service.network)).toBe(drawnName("webapp-network"));
  });

  it("keeps secrets secret on their way to the engine", async () => {
    const service = new NatService("secretive", {
      ...app,
      platform: "linux",
      environment: { PASSWORD: pulumi.secret("hush") },
    });
    await valueOf(service.containerNames);
    const container = containers().find(({ name }) => name === "secretive-1");
    // How a secret travels: an object with this signature around the value.
    expect(container?.inputs.envs).toEqual({
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      value: ["PASSWORD=hush", "WEBFARM_GENERATION=1", "WEBFARM_REPLICA=secretive-1"],
    });
  });

  it("lets transform have the last word", async () => {
    const service = new NatService("shaped", {
      ...app,
      platform: "linux",
      transform: (args, name) => ({ ...args, domainname: `${name}.example` }),
    });
    await valueOf(service.containerNames);
    const container = containers().find(({ name }) => name === "shaped-1");
    expect(container?.inputs.domainname).toBe("shaped-1.example");
  });
});

describe("faults", () => {
  const bad = { ...app, replicas: -1, volumes: [{ hostPath: "data", containerPath: "c:\\" }] };

  it("names what the schema and what the platform refuses in one error, and creates nothing", () => {
    const expected = ["replicas", "volumes[0].hostPath", "volumes[0].containerPath"];
    expect(pathsOf(() => new NatService("a", { ...bad, platform: "windows" }))).toEqual(expected);
    expect(
      pathsOf(
        () =>
          new ProxiedScaleSet("b", { service: { ...bad, platform: "windows" }, proxy: { image: "nginx:1" } }),
      ),
    ).toEqual(expected.map((path) => `service.${path}`));
    expect(
      pathsOf(
        () =>
          new WindowsWebFarm("c", { platform: "windows", apps: { web: bad }, proxy: { image: "nginx:1" } }),
      ),
    ).toEqual(expected.map((path) => `apps.web.${path}`));
    expect(engine.resources.filter(({ name }) => /^[a-c]\b/.test(name))).toEqual([]);
  });

  it("asks for the console's image where there is no default", () => {
    const args = { platform: "linux", apps: { web: app }, proxy: { image: "nginx:1" } } as const;
    expect(pathsOf(() => new WindowsWebFarm("e", args))).toEqual(["console.image"]);
  });
});
