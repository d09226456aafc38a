import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { growth, slack, type Figures } from "../soak/figures";
import { soakTables } from "../soak/report";
import { after, fewest, home, lost, nextStep, serving, type Farm, type Step } from "../soak/model";
import { randomNumbers } from "../support/randomNumbers";

function walk(seed: number, length: number): { farm: Farm; step: Step; next: Farm }[] {
  const random = randomNumbers(seed);
  let farm = home;
  return Array.from({ length }, () => {
    const step = nextStep(farm, random);
    const moment = { farm, step, next: after(farm, step) };
    farm = moment.next;
    return moment;
  });
}

describe("the soak's model", () => {
  it("takes the same way for the same seed", () => {
    expect(walk(7, 100)).toEqual(walk(7, 100));
    expect(walk(7, 100)).not.toEqual(walk(8, 100));
  });

  it("always leaves somebody who serves, and breaks nothing while something is broken", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        for (const { farm, step, next } of walk(seed, 200)) {
          expect(serving(next).length).toBeGreaterThanOrEqual(fewest - 1);
          if (farm.broken !== undefined) expect(["repair", "roll", "scale"]).toContain(step.kind);
          if (next.broken !== undefined) expect(next.broken.replica).toBeLessThanOrEqual(next.replicas);
          if (step.kind === "scale") expect(step.replicas).not.toBe(farm.replicas);
        }
      }),
    );
  });

  it("does everything that there is", () => {
    const names = walk(1, 2000).map(({ step }) => ("by" in step ? step.by : step.kind));
    expect([...new Set(names)].sort()).toEqual(
      [
        ...["badRoll", "changeByHand", "crash", "disconnect", "hang", "killedRoll", "powerCut", "proxyCrash"],
        ...["proxyHang", "proxyRemove", "remove", "repair", "roll", "scale", "stop"],
      ].sort(),
    );
  });

  it("knows who serves", () => {
    const broken: Farm = { replicas: 3, generation: 4, broken: { replica: 2, by: "hang" } };
    expect(serving(broken)).toEqual(["web-1/0004", "web-3/0004"]);
    expect(serving(after(broken, { kind: "repair" }))).toEqual(["web-1/0004", "web-2/0004", "web-3/0004"]);
    expect(serving(after(broken, { kind: "scale", replicas: 4 }))).toEqual([
      "web-1/0004",
      "web-3/0004",
      "web-4/0004",
    ]);
    expect(serving(after(broken, { kind: "roll" }))).toEqual(["web-1/0005", "web-2/0005", "web-3/0005"]);
  });

  it("forgives a failure only when its time touches a window", () => {
    const windows = [{ from: 100, to: 200 }];
    const failures = [
      { from: 0, to: 99 },
      { from: 50, to: 100 },
      { from: 120, to: 130 },
      { from: 150, to: 900 },
      { from: 201, to: 300 },
    ];
    expect(lost(failures, windows)).toEqual([failures[0], failures[4]]);
  });
});

describe("the soak's figures", () => {
  const keys = Object.keys(slack) as (keyof Figures)[];
  const all = (figure: number) => Object.fromEntries(keys.map((key) => [key, figure])) as unknown as Figures;

  it("name each one that grew by more than it may, and none that did not", () => {
    const before = all(100);
    const now = { ...before, containers: 101, engineHandles: 108, engineMemory: 164.5, clientHandles: 3 };
    expect(growth(before, now)).toEqual(["containers: 100 -> 101", "engine: memory, MiB: 100 -> 164.5"]);
  });

  it("are told with what clients saw of each kind of step", () => {
    const crash: Step = { kind: "harm", replica: 1, by: "crash" };
    const step = { step: crash, seconds: 2, settleSeconds: 3, requests: 10, excused: 1, lost: 0 };
    const tables = soakTables({
      seed: 7,
      minutes: 2,
      steps: [step, { ...step, seconds: 4, lost: 2 }],
      figures: [all(1), all(3), all(2)],
      faults: ["lost: 502"],
    });
    expect(tables[0]).toContain("2 steps, 20 requests, 2 lost outside of declared windows; 1 faults.");
    expect(tables).toContain("| replica: crash | 2 | 4.0 s | 3.0 s | 20 | 2 | 2 |");
    expect(tables).toContain("| containers | 1 | 1 | 3 | 2 | 0 |");
  });
});
