import { describe, expect, it } from "vitest";
import { interruptions, operations, victims } from "../faults/interruptions";

describe("interruptions", () => {
  it("are the same for the same seed, and others for another", () => {
    expect(interruptions(7, 3)).toEqual(interruptions(7, 3));
    expect(interruptions(7, 3)).not.toEqual(interruptions(8, 3));
  });

  it("hit everything in every operation, at moments spread over it", () => {
    const all = interruptions(1, 3);
    expect(all.length).toBeGreaterThanOrEqual(60);
    for (const operation of operations) {
      for (const victim of victims) {
        const moments = all
          .filter((one) => one.operation === operation && one.victim === victim)
          .map(({ fraction }) => Math.floor((fraction - 0.1) / (0.8 / 3)));
        const isKilled = operation !== "destroy" || !["program", "languageHost"].includes(victim);
        expect([operation, victim, moments]).toEqual([operation, victim, isKilled ? [0, 1, 2] : []]);
      }
    }
  });
});
