import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NatServiceArgs, Platform } from "../../sdk/args";
import { replicaContainerArgs } from "../../sdk/components/containerArgs";
import { planService } from "../../sdk/plan/servicePlan";
import { traitsOf } from "../../sdk/platform/platform";
import { containerFindings } from "../../sdk/schema/containerRules";
import { natServiceSchema } from "../../sdk/schema/natService";
import { serviceIssues } from "../../sdk/schema/serviceRules";
import { validate } from "../../sdk/schema/validate";
import { container } from "../../toolchain/docker-plugin/container/container";
import type { OperationContext } from "../../toolchain/docker-plugin/resource";
import type { CheckResult } from "../../toolchain/docker-plugin/schema/check";
import type { PropertyMap } from "../../toolchain/docker-plugin/values";
import { anyService, fullService } from "../support/serviceSamples";

// What a change of the arguments does, as the docker plugin decides it: the stand-in's Check and Diff are
// those that its conformance test holds to the official plugin's recorded answers.

type Outcome = "new container" | "in place" | "nothing";

const platforms: Platform[] = ["windows", "linux"];

function firstReplica(args: NatServiceArgs, platform: Platform) {
  const target = { traits: traitsOf(platform), release: "2022" as const };
  const valid = validate(natServiceSchema, { replicas: 1, ...args }, "test", serviceIssues(args, target));
  const owner = { stack: "project/dev", farm: "web", service: "web" };
  const { replicas } = planService(valid, { resourceStem: "web", owner, ...target });
  const [replica] = replicas;
  if (replica === undefined) throw new Error("no replica");
  return { replica, target };
}

/** The planned outputs of a container ask no engine. */
const noEngine = undefined as unknown as OperationContext;

function inputsOf(args: NatServiceArgs, platform: Platform): CheckResult {
  const { replica } = firstReplica(args, platform);
  const news = replicaContainerArgs(replica, "net") as unknown as PropertyMap;
  return container.check(
    { name: "web-1", olds: {}, news, randomSeed: new Uint8Array(32) },
    () => undefined,
  ) as CheckResult;
}

function outcome(before: NatServiceArgs, after: NatServiceArgs, platform: Platform): Outcome {
  const olds = container.previewCreate(inputsOf(before, platform).inputs, noEngine) as PropertyMap;
  const { replaceOnChanges } = firstReplica(after, platform).replica;
  const { changes } = container.diff({ olds, news: inputsOf(after, platform).inputs });
  if (changes.length === 0) return "nothing";
  const forced = ({ path }: { path: string }) =>
    replaceOnChanges.some(
      (name) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`),
    );
  return changes.some((change) => change.replaces || forced(change)) ? "new container" : "in place";
}

const changes: [string, (args: NatServiceArgs) => NatServiceArgs, Outcome | Record<Platform, Outcome>][] = [
  ["image", (args) => ({ ...args, image: "app:99" }), "new container"],
  ["generation", (args) => ({ ...args, generation: "longer-than-any" }), "new container"],
  ["a variable", (args) => ({ ...args, environment: { ...args.environment, ADDED: "1" } }), "new container"],
  ["a label", (args) => ({ ...args, labels: { ...args.labels, added: "1" } }), "new container"],
  ["command", (args) => ({ ...args, command: ["other"] }), "new container"],
  ["entrypoint", (args) => ({ ...args, entrypoint: ["other"] }), "new container"],
  ["user", (args) => ({ ...args, user: "other" }), "new container"],
  ["alias", (args) => ({ ...args, alias: "another-alias" }), "new container"],
  ["cpus", (args) => ({ ...args, cpus: 0.75 }), "new container"],
  [
    "a port",
    (args) => ({ ...args, ports: [...(args.ports ?? []), { container: 81, protocol: "tcp" }] }),
    "new container",
  ],
  ["the health check", (args) => ({ ...args, healthCheck: { path: "/other", port: 80 } }), "new container"],
  ["memoryMb", (args) => ({ ...args, memoryMb: 5000 }), { linux: "in place", windows: "new container" }],
  [
    "restart",
    (args) => ({ ...args, restart: args.restart === "no" ? "always" : "no" }),
    { linux: "in place", windows: "new container" },
  ],
  [
    "stopGraceSeconds",
    (args) => ({ ...args, stopGraceSeconds: args.stopGraceSeconds === 7 ? 8 : 7 }),
    "in place",
  ],
  ["replicas", (args) => ({ ...args, replicas: 3 }), "nothing"],
  ["the order of ports", (args) => ({ ...args, ports: [...(args.ports ?? [])].reverse() }), "nothing"],
  ["the order of volumes", (args) => ({ ...args, volumes: [...(args.volumes ?? [])].reverse() }), "nothing"],
  ["the order of variables", (args) => ({ ...args, environment: reversed(args.environment) }), "nothing"],
  ["the order of labels", (args) => ({ ...args, labels: reversed(args.labels) }), "nothing"],
];

function reversed<T>(record: Record<string, T> = {}): Record<string, T> {
  return Object.fromEntries(Object.entries(record).reverse());
}

/** A port list's first tcp port is asked by the check, so a changed order needs a check that names its port. */
const settled = (args: NatServiceArgs): NatServiceArgs => ({
  ...args,
  healthCheck:
    args.healthCheck?.path === undefined ? { path: "/", port: 80 } : { ...args.healthCheck, port: 80 },
  ports: args.ports?.filter(({ container }) => container !== 81) ?? [],
});

describe.each(platforms)("a change on %s", (platform) => {
  it.each(changes)("of %s is what it should be, whatever else is set", (_, change, expected) => {
    const wanted = typeof expected === "string" ? expected : expected[platform];
    fc.assert(
      fc.property(anyService(platform).map(settled), (args) => {
        expect(outcome({ ...args, replicas: 1 }, { ...change(args), replicas: 1 }, platform)).toBe(wanted);
      }),
      { numRuns: 25 },
    );
  });

  it("of nothing changes nothing", () => {
    expect(outcome(fullService(platform), fullService(platform), platform)).toBe("nothing");
  });
});

describe.each(platforms)("arguments without fault on %s", (platform) => {
  it("are taken by the docker plugin, and break none of the engine's rules", () => {
    fc.assert(
      fc.property(anyService(platform), (args) => {
        expect(inputsOf({ ...args, replicas: 1 }, platform).failures).toEqual([]);
        const { replica, target } = firstReplica({ ...args, replicas: 1 }, platform);
        const findings = containerFindings(replicaContainerArgs(replica, "net"), {
          target,
          hostPorts: [],
          fixedName: false,
        });
        expect(findings).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
