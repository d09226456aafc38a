import { describe, expect, it } from "vitest";
import { soakTables } from "../soak/report";
import { soak } from "../soak/soak";
import { OwnEngine } from "../support/ownEngine";

const whyNot = OwnEngine.whyNot();
if (whyNot !== undefined) console.log(`skipped: no engine of the test's own: ${whyNot}`);

const minutes = 0.75;
const seed = 59;

describe.skipIf(whyNot !== undefined)("a short soak", () => {
  it("loses nothing, and nothing grows", async () => {
    const result = await soak(minutes, seed, console.log);
    console.log(soakTables(result).join("\n"));
    expect(result.faults).toEqual([]);
    expect(result.steps.length).toBeGreaterThan(3);
  });
});
