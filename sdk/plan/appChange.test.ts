import { describe, expect, it } from "vitest";
import type { NatServiceArgs } from "../args";
import { traitsOf } from "../platform/platform";
import { natServiceSchema } from "../schema/natService";
import { validate } from "../schema/validate";
import { appChange, type PlannedReplica, type RunningReplica } from "./appChange";
import { planService } from "./servicePlan";

const running = (count: number): RunningReplica[] =>
  Array.from({ length: count }, (_, index) => ({
    replica: `webapp-${index + 1}`,
    containerName: `webapp-${index + 1}-aaaaaaa`,
    image: "a:1",
    generation: "1",
    environment: ["A=1", "WEBFARM_GENERATION=1"],
    memoryBytes: 0,
  }));

/** The first `kept` replicas stay in the containers that hold them. */
function planned(kept: number, args: Partial<NatServiceArgs>): PlannedReplica[] {
  const valid = validate(natServiceSchema, { image: "a:1", environment: { A: "1" }, ...args }, "test");
  const { replicas } = planService(valid, {
    resourceStem: "webapp",
    owner: { stack: "project/dev", farm: "shop", service: "webapp" },
    traits: traitsOf("linux"),
    release: "2022",
  });
  return replicas.map((plan, index) => ({
    plan,
    generation: valid.generation,
    containerName: `${plan.replica}-${index < kept ? "aaaaaaa" : "bbbbbbb"}`,
  }));
}

describe("appChange", () => {
  it.each([
    [
      "scaling out",
      2,
      planned(2, { replicas: 5 }),
      "webapp 2 -> 5: webapp-3, webapp-4, webapp-5 join; nothing is down",
    ],
    ["scaling in", 2, planned(1, { replicas: 1 }), "webapp 2 -> 1: webapp-2 leaves; nothing is down"],
    [
      "a first start",
      0,
      planned(0, { replicas: 1 }),
      "webapp 0 -> 1: webapp-1 joins; nothing answers until they are healthy",
    ],
    ["the end", 1, planned(0, { replicas: 0 }), "webapp 1 -> 0: webapp-1 leaves; nothing answers afterwards"],
    [
      "a new image",
      2,
      planned(0, { replicas: 2, image: "a:2" }),
      "webapp 2 -> 2: webapp-1, webapp-2 replaced (image a:1 -> a:2); nothing is down",
    ],
    [
      "settings and scale at once",
      1,
      planned(0, { replicas: 2, generation: "2", memoryMb: 64, environment: { A: "2" } }),
      "webapp 1 -> 2: webapp-2 joins; webapp-1 replaced (generation 1 -> 2, environment A, memory); nothing is down",
    ],
    [
      "what the engine does not tell",
      1,
      planned(0, { replicas: 1, user: "me" }),
      "webapp 1 -> 1: webapp-1 replaced (other settings); nothing is down",
    ],
    [
      "many",
      0,
      planned(0, { replicas: 9 }),
      "webapp 0 -> 9: webapp-1 ... webapp-9 join; nothing answers until they are healthy",
    ],
  ])("tells of %s", (_, before, after, expected) => {
    expect(appChange("webapp", running(before), after, "startFirst")).toBe(expected);
  });

  it("says who is down when the old replica stops first", () => {
    const after = planned(0, { replicas: 2, image: "a:2", rollout: "stopFirst" });
    expect(appChange("webapp", running(2), after, "stopFirst")).toMatch(
      /; each is down while its successor starts$/,
    );
  });

  it("has nothing to say when nothing changes", () => {
    expect(appChange("webapp", running(2), planned(2, { replicas: 2 }), "startFirst")).toBeUndefined();
  });
});
