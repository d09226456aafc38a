import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HostRelease, NatServiceArgs, Platform } from "../args";
import { traitsOf } from "../platform/platform";
import { natServiceSchema } from "../schema/natService";
import { validate } from "../schema/validate";
import { planService } from "./servicePlan";

function plan(args: NatServiceArgs, platform: Platform = "linux", release: HostRelease = "2022") {
  return planService(validate(natServiceSchema, args, "test"), {
    resourceStem: "shop-webapp",
    owner: { stack: "project/dev", farm: "shop", service: "webapp" },
    traits: traitsOf(platform),
    release,
  });
}

describe("planService", () => {
  it("plans the field report's webapp on Windows", () => {
    const webapp = plan(
      {
        image: "andrew0928/mvcdemo:1.0",
        replicas: 2,
        ports: [{ container: 80 }],
        volumes: [{ hostPath: "c:\\containers\\data", containerPath: "c:\\inetpub\\wwwroot\\app_data" }],
      },
      "windows",
      "2016",
    );
    expect(webapp).toMatchSnapshot();
  });

  it("names, counts and labels every replica", () => {
    const { replicas } = plan({ image: "a:1", replicas: 3, generation: "7", labels: { team: "web" } });
    expect(replicas.map(({ resourceName }) => resourceName)).toEqual([
      "shop-webapp-1",
      "shop-webapp-2",
      "shop-webapp-3",
    ]);
    expect(replicas[2]?.labels).toEqual([
      { label: "team", value: "web" },
      { label: "webfarm.farm", value: "shop" },
      { label: "webfarm.generation", value: "7" },
      { label: "webfarm.replica", value: "webapp-3" },
      { label: "webfarm.service", value: "webapp" },
      { label: "webfarm.stack", value: "project/dev" },
    ]);
    expect(replicas[2]?.environment).toEqual(["WEBFARM_GENERATION=7", "WEBFARM_REPLICA=webapp-3"]);
  });

  it("gives a web service a health check, and a service without ports none", () => {
    expect(plan({ image: "a:1", ports: [{ container: 8080 }] }).replicas[0]?.check?.tests[1]).toContain(
      "http://127.0.0.1:8080/",
    );
    expect(plan({ image: "a:1" }).replicas[0]?.check).toBeUndefined();
    expect(
      plan({ image: "a:1", ports: [{ container: 53, protocol: "udp" }] }).replicas[0]?.check,
    ).toBeUndefined();
  });

  it.each([
    ["2016", "powershell"],
    ["2019", "curl.exe"],
    ["2022", "curl.exe"],
    ["2025", "curl.exe"],
  ] as const)("asks on Windows Server %s with %s, which its images have", (release, tool) => {
    const check = plan({ image: "a:1", ports: [{ container: 80 }] }, "windows", release).replicas[0]?.check;
    expect(check?.tests[1]).toBe(tool);
  });

  it("replaces on Windows what its engines refuse to update, and sets no swap there", () => {
    const [replica] = plan({ image: "a:1", memoryMb: 512 }, "windows").replicas;
    expect(replica?.replaceOnChanges).toEqual(expect.arrayContaining(["memory", "restart", "healthcheck"]));
    expect(replica?.memorySwapMb).toBeUndefined();
    expect(plan({ image: "a:1", memoryMb: 512 }, "linux").replicas[0]?.memorySwapMb).toBe(1024);
  });

  it("waits at least as long as the engine may take to call a replica unhealthy", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 0, max: 300 }),
        (intervalSeconds, timeoutSeconds, retries, startPeriodSeconds) => {
          const healthCheck = {
            path: "/",
            port: 80,
            intervalSeconds,
            timeoutSeconds,
            retries,
            startPeriodSeconds,
          };
          const { gateDeadlineSeconds } = plan({ image: "a:1", healthCheck });
          expect(gateDeadlineSeconds).toBeGreaterThan(
            startPeriodSeconds + retries * (intervalSeconds + timeoutSeconds),
          );
        },
      ),
    );
  });

  it("is stable and names no replica twice, whatever the arguments", () => {
    const args = fc.record(
      {
        image: fc.constantFrom("a:1", "registry/a/b:2"),
        replicas: fc.integer({ min: 0, max: 500 }),
        ports: fc
          .uniqueArray(fc.integer({ min: 1, max: 65535 }), { maxLength: 4 })
          .map((ports) => ports.map((container) => ({ container }))),
        environment: fc.dictionary(fc.stringMatching(/^[A-Z]{1,8}$/), fc.string()),
        labels: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string()),
      },
      { requiredKeys: ["image"] },
    );
    fc.assert(
      fc.property(args, fc.constantFrom<Platform>("windows", "linux"), (given, platform) => {
        const first = plan(given, platform);
        expect(plan(given, platform)).toEqual(first);
        expect(first.replicas).toHaveLength(given.replicas ?? 1);
        expect(new Set(first.replicas.map(({ resourceName }) => resourceName)).size).toBe(
          first.replicas.length,
        );
      }),
      { numRuns: 50 },
    );
  });

  it("scaling out leaves the replicas that stay as they are", () => {
    const two = plan({ image: "a:1", replicas: 2, ports: [{ container: 80 }] });
    const five = plan({ image: "a:1", replicas: 5, ports: [{ container: 80 }] });
    expect(five.replicas.slice(0, 2)).toEqual(two.replicas);
  });
});
