import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import type { HealthCheckArgs, HostRelease, NatServiceArgs, Platform } from "../args";
import { traitsOf } from "../platform/platform";
import { natServiceSchema } from "../schema/natService";
import { validate } from "../schema/validate";
import { planService, type ServicePlan } from "./servicePlan";
import { fullService } from "../../test/support/serviceSamples";

/** A plan as one reads it in a review: the first replica whole, of the others their names. */
function toText({ replicas, ...service }: ServicePlan): string {
  const [first, ...others] = replicas;
  const names = others.map(({ resourceName }) => resourceName);
  const data = { ...service, replica: first, others: names };
  return stringify(data, { lineWidth: 0, aliasDuplicateObjects: false });
}

function plan(args: NatServiceArgs, platform: Platform = "linux", release: HostRelease = "2022") {
  return planService(validate(natServiceSchema, args, "test"), {
    resourceStem: "shop-webapp",
    owner: { stack: "project/dev", farm: "shop", service: "webapp" },
    traits: traitsOf(platform),
    release,
  });
}

describe("planService", () => {
  it.each(["2016", "2019", "2022", "2025"] as const)(
    "plans for Windows Server %s as its golden file says",
    async (release) => {
      await expect(toText(plan(fullService("windows"), "windows", release))).toMatchFileSnapshot(
        `golden/windows-${release}.yaml`,
      );
    },
  );

  it("plans for Linux as its golden file says", async () => {
    await expect(toText(plan(fullService("linux"), "linux"))).toMatchFileSnapshot("golden/linux.yaml");
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

  it("gives each replica the next port of a range", () => {
    const { replicas } = plan({
      image: "a:1",
      replicas: 3,
      rollout: "stopFirst",
      ports: [{ container: 80, hostRange: { from: 8080, to: 8089 } }],
    });
    expect(replicas.map(({ ports }) => ports[0]?.host)).toEqual([8080, 8081, 8082]);
  });

  it("asks a port where HTTP is not spoken, and nothing where the check is turned off", () => {
    const tests = (healthCheck: HealthCheckArgs, platform: Platform, release: HostRelease = "2022") =>
      plan({ image: "a:1", ports: [{ container: 80 }], healthCheck }, platform, release).replicas[0]?.check
        ?.tests;
    expect(tests({ tcpPort: 5432 }, "linux")?.[1]).toContain(":1538 0+:0000 0A");
    expect(tests({ tcpPort: 5432 }, "windows")?.[1]).toContain("http://127.0.0.1:5432/ & if errorlevel 8");
    expect(tests({ tcpPort: 5432 }, "windows", "2016")?.join(" ")).toContain("Connect('127.0.0.1', 5432)");
    expect(tests({ enabled: false }, "linux")).toEqual(["NONE"]);
  });

  it("asks with the tools of the image's own release on a newer host", () => {
    const image = "mcr.microsoft.com/windows/servercore/iis:windowsservercore-ltsc2016";
    expect(plan({ image, ports: [{ container: 80 }] }, "windows", "2022").replicas[0]?.check?.tests[1]).toBe(
      "powershell",
    );
  });

  it("plans 500 replicas at once", () => {
    expect(plan({ ...fullService("linux"), replicas: 500 }).replicas).toHaveLength(500);
  });

  it("scaling out leaves the replicas that stay as they are", () => {
    const two = plan({ image: "a:1", replicas: 2, ports: [{ container: 80 }] });
    const five = plan({ image: "a:1", replicas: 5, ports: [{ container: 80 }] });
    expect(five.replicas.slice(0, 2)).toEqual(two.replicas);
  });
});
