import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FarmError } from "../schema/farmError";
import { NatService } from "./natService";
import { ProxiedScaleSet } from "./proxiedScaleSet";
import { WindowsWebFarm } from "./windowsWebFarm";

let created: pulumi.runtime.MockResourceArgs[] = [];

beforeAll(async () => {
  await pulumi.runtime.setMocks(
    {
      call: () => ({}),
      newResource: (args) => {
        created.push(args);
        const name = `${args.name}-0000000`;
        const outputs =
          args.type === "docker:index/container:Container" ? { networkDatas: [], ports: [] } : {};
        return { id: `${args.name}-id`, state: { name, ...outputs, ...(args.inputs as object) } };
      },
    },
    "project",
    "dev",
  );
});

beforeEach(() => {
  created = [];
});

const containers = () => created.filter(({ type }) => type === "docker:index/container:Container");

function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

function faultsOf(make: () => unknown): string[] {
  try {
    make();
  } catch (error) {
    if (error instanceof FarmError) return error.issues.map(({ path }) => path);
    throw error;
  }
  return [];
}

const app = { image: "webapp:1", ports: [{ container: 80 }] };

describe("NatService", () => {
  it("creates a container for each replica on the external network of Windows", async () => {
    const service = new NatService("webapp", { ...app, replicas: 2, platform: "windows" });
    expect(await valueOf(service.containerNames)).toEqual(["webapp-1-0000000", "webapp-2-0000000"]);
    expect(await valueOf(service.network)).toBe("nat");
    expect(containers().map(({ inputs }) => inputs as object)).toEqual([
      expect.objectContaining({ networkMode: "nat", hostname: "webapp", destroyGraceSeconds: 30 }) as object,
      expect.objectContaining({ networkMode: "nat", hostname: "webapp" }) as object,
    ]);
    expect(created.some(({ type }) => type === "docker:index/network:Network")).toBe(false);
  });

  it("makes a network of its own on Linux", async () => {
    const service = new NatService("webapp", { ...app, platform: "linux" });
    expect(await valueOf(service.network)).toBe("webapp-network-0000000");
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
    expect((container?.inputs as { envs: unknown }).envs).toEqual({
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
    expect((container?.inputs as { domainname: string }).domainname).toBe("shaped-1.example");
  });
});

describe("faults", () => {
  const bad = { ...app, replicas: -1, volumes: [{ hostPath: "data", containerPath: "c:\\" }] };

  it("names what the schema and what the platform refuses in one error, and creates nothing", () => {
    const expected = ["replicas", "volumes[0].hostPath", "volumes[0].containerPath"];
    expect(faultsOf(() => new NatService("a", { ...bad, platform: "windows" }))).toEqual(expected);
    expect(
      faultsOf(
        () =>
          new ProxiedScaleSet("b", { service: { ...bad, platform: "windows" }, proxy: { image: "nginx:1" } }),
      ),
    ).toEqual(expected.map((path) => `service.${path}`));
    expect(
      faultsOf(
        () =>
          new WindowsWebFarm("c", { platform: "windows", apps: { web: bad }, proxy: { image: "nginx:1" } }),
      ),
    ).toEqual(expected.map((path) => `apps.web.${path}`));
    expect(created.filter(({ name }) => /^[a-c]\b/.test(name))).toEqual([]);
  });

  it("asks for the console's image where there is no default", () => {
    const args = { platform: "linux", apps: { web: app }, proxy: { image: "nginx:1" } } as const;
    expect(faultsOf(() => new WindowsWebFarm("e", args))).toEqual(["console.image"]);
  });
});
