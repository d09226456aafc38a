import { beforeAll, expect, it } from "vitest";
import { OwnEngine } from "../support/ownEngine";
import { soakTables, writeSoak } from "./report";
import { soak } from "./soak";

const seed = Number(process.env.WEBFARM_FAULTS_SEED ?? Date.now() % 1_000_000);
const minutes = Number(process.env.WEBFARM_SOAK_MINUTES ?? 30);
const roundSeconds = 900;

beforeAll(() => {
  const whyNot = OwnEngine.whyNot();
  if (whyNot !== undefined) throw new Error(`a soak needs an engine of its own: ${whyNot}`);
});

it("loses nothing, and nothing grows", { timeout: (minutes * 60 + roundSeconds) * 1000 }, async () => {
  console.log(
    `${minutes} minutes, seed ${seed}; the same again: npm run soak -- --minutes ${minutes} --seed ${seed}`,
  );
  const result = await soak(minutes, seed, console.log, writeSoak);
  console.log(soakTables(result).join("\n"));
  expect(result.faults).toEqual([]);
});
