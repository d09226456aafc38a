import { describe, expect, it } from "vitest";
import type { WindowsWebFarmArgs } from "../args";
import { traitsOf } from "../platform/platform";
import { windowsWebFarmIssues } from "./farmRules";
import { proxiedScaleSetIssues } from "./proxiedScaleSetRules";
import type { Target } from "./platformRules";
import { serviceIssues } from "./serviceRules";

const swarm: Target = { traits: traitsOf("linux"), release: "2022", orchestrator: "swarm" };
const host: Target = { ...swarm, orchestrator: "host" };
const paths = (issues: readonly { path: string; code: string }[]) =>
  issues.map(({ path, code }) => `${path} ${code}`);

const farm = (more: Partial<WindowsWebFarmArgs> = {}): WindowsWebFarmArgs => ({
  apps: { webapp: { image: "webapp:1", ports: [{ container: 80 }] } },
  proxy: { image: "nginx:1", publish: 80 },
  console: { image: "busybox:1" },
  ...more,
});

describe("what goes with a swarm", () => {
  it("is a port of each node, for as many replicas as one likes, stop-first as on one host", () => {
    const ports = [{ container: 80, host: 8080 }];
    expect(serviceIssues({ image: "a:1", replicas: 3, rollout: "stopFirst", ports }, swarm)).toEqual([]);
    expect(paths(serviceIssues({ image: "a:1", replicas: 3, rollout: "stopFirst", ports }, host))).toEqual([
      "ports[0].host conflict",
    ]);
    expect(paths(serviceIssues({ image: "a:1", ports }, swarm))).toEqual(["ports[0].host conflict"]);
  });

  it("is no range of ports", () => {
    const ports = [{ container: 80, hostRange: { from: 8080, to: 8081 } }];
    expect(paths(serviceIssues({ image: "a:1", rollout: "stopFirst", ports }, swarm))).toEqual([
      "ports[0].hostRange conflict",
    ]);
  });

  it("is a farm as it is on one host, with a port", () => {
    expect(windowsWebFarmIssues(farm(), swarm, "shop")).toEqual([]);
    expect(paths(windowsWebFarmIssues(farm({ proxy: { image: "nginx:1" } }), swarm, "shop"))).toEqual([
      "proxy.publish required",
    ]);
  });

  it("is nothing that is built or waits on one engine", () => {
    const args = farm({
      proxy: { build: {}, publish: 80, discovery: "resolve", reload: { maxAttempts: 3, drainSeconds: 5 } },
      builds: { "webapp:1": { context: "." } },
      console: { image: "busybox:1", transform: (container) => container },
    });
    expect(paths(windowsWebFarmIssues(args, swarm, "shop"))).toEqual([
      "builds conflict",
      "console.transform conflict",
      "proxy.build conflict",
      "proxy.discovery conflict",
      "proxy.reload.maxAttempts conflict",
    ]);
    expect(windowsWebFarmIssues(args, host, "shop")).toEqual([]);
  });

  it("is no routing mesh on Windows Server 2016, and no name too long for a config", () => {
    const windows: Target = { ...swarm, traits: traitsOf("windows"), release: "2016" };
    const mesh = farm({ proxy: { image: "nginx:1", publish: 80, publishMode: "ingress" } });
    expect(paths(windowsWebFarmIssues(mesh, windows, "shop"))).toEqual([
      "proxy.publishMode refusedOnWindows",
    ]);
    expect(windowsWebFarmIssues(mesh, { ...windows, release: "2019" }, "shop")).toEqual([]);
    const name = "a".repeat(45);
    expect(paths(windowsWebFarmIssues(farm(), swarm, name))).toEqual(["name outOfRange"]);
    const set = {
      service: { image: "a:1", ports: [{ container: 80 }] },
      proxy: { image: "nginx:1", publish: 80 },
    };
    expect(paths(proxiedScaleSetIssues(name, set, swarm))).toEqual(["name outOfRange"]);
    expect(proxiedScaleSetIssues("a".repeat(44), set, swarm)).toEqual([]);
  });
});

describe("what goes with one host", () => {
  it("is nothing that chooses nodes", () => {
    const args = farm({
      apps: {
        webapp: { image: "webapp:1", ports: [{ container: 80 }], constraints: ["node.role == worker"] },
      },
      proxy: {
        ...{ image: "nginx:1", publish: 80, publishMode: "ingress" },
        ...{ replicas: 2, constraints: ["node.labels.edge == true"] },
      },
    });
    expect(paths(windowsWebFarmIssues(args, host, "shop"))).toEqual([
      "apps.webapp.constraints conflict",
      "proxy.replicas conflict",
      "proxy.constraints conflict",
      "proxy.publishMode conflict",
    ]);
    expect(windowsWebFarmIssues(args, swarm, "shop")).toEqual([]);
  });
});
