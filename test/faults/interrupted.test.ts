import { afterAll, beforeAll, expect, it } from "vitest";
import { OwnEngine } from "../support/ownEngine";
import { FaultFarm } from "./faultFarm";
import { interrupt, type Outcome } from "./interrupt";
import { interruptions, operations, type Operation } from "./interruptions";
import { outcomeLine, writeInterruptions } from "./report";

const seed = Number(process.env.WEBFARM_FAULTS_SEED ?? 20_261_125);
const points = Number(process.env.WEBFARM_FAULTS_POINTS ?? 3);
const whyNot = OwnEngine.whyNot();
let farm: FaultFarm;
const usual = new Map<Operation, number>();

beforeAll(async () => {
  if (whyNot !== undefined) throw new Error(`faults need an engine of their own: ${whyNot}`);
  farm = await FaultFarm.create();
});

afterAll(() => farm.remove());

/** An operation that nobody disturbs. */
async function undisturbed(operation: Operation): Promise<void> {
  const started = Date.now();
  await farm.web.expect(...(await farm.prepare(operation)));
  usual.set(operation, (Date.now() - started) / 1000);
  expect(await farm.faults()).toEqual([]);
}

it("converges after every interruption, and serves meanwhile", async () => {
  console.log(
    `seed ${seed}, ${points} points; the same again: npm run faults -- --seed ${seed} --points ${points}`,
  );
  for (const operation of operations) await undisturbed(operation);
  const outcomes: Outcome[] = [];
  let next: Operation = "create";
  for (const interruption of interruptions(seed, points)) {
    // Some go through the whole life of a farm, others leave out its end.
    while (next !== interruption.operation) {
      await undisturbed(next);
      next = after(next);
    }
    const outcome = await interrupt(farm, interruption, usual.get(interruption.operation) ?? 5);
    next = after(next);
    // The machine has become faster than it was at the first measurement.
    if (!outcome.interrupted) usual.set(interruption.operation, outcome.ranSeconds);
    outcomes.push(outcome);
    console.log(outcomeLine(outcome));
    for (const fault of outcome.faults) console.log(`    ${fault}`);
    await writeInterruptions(outcomes, seed);
  }
  expect(outcomes.flatMap(({ faults }) => faults)).toEqual([]);
}, 5_400_000);

function after(operation: Operation): Operation {
  return operations[(operations.indexOf(operation) + 1) % operations.length] ?? "create";
}
