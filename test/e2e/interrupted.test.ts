import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FaultFarm } from "../faults/faultFarm";
import { interrupt } from "../faults/interrupt";
import type { Interruption } from "../faults/interruptions";
import { outcomeLine } from "../faults/report";
import { OwnEngine } from "../support/ownEngine";

const whyNot = OwnEngine.whyNot();
if (whyNot !== undefined) console.log(`skipped: no engine of the test's own: ${whyNot}`);

/** The short form of `npm run faults`: one farm's life, each step of it cut off in another way. */
const life: [Interruption, number][] = [
  [{ victim: "cli", operation: "create", fraction: 0.6 }, 7],
  [{ victim: "plugin", operation: "scaleOut", fraction: 0.7 }, 6],
  [{ victim: "engine", operation: "roll", fraction: 0.5 }, 7],
  [{ victim: "ctrlC", operation: "scaleIn", fraction: 0.5 }, 6],
  [{ victim: "cli", operation: "destroy", fraction: 0.6 }, 4],
];

describe.skipIf(whyNot !== undefined)("an update that was interrupted", () => {
  let farm: FaultFarm;

  beforeAll(async () => {
    farm = await FaultFarm.create();
  });

  afterAll(() => farm.remove());

  it.each(life)("is put right: %o", async (interruption, usualSeconds) => {
    const outcome = await interrupt(farm, interruption, usualSeconds);
    console.log(outcomeLine(outcome));
    expect(outcome.faults).toEqual([]);
  });
});
