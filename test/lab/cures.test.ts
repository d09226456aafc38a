import { afterEach, describe, expect, it } from "vitest";
import type { Lab } from "../../lab/lab";
import { replicasSeen } from "../support/scaleSet";
import { LabFarm, laboratory } from "./labFarm";

let lab: Lab | undefined;
let farm: LabFarm | undefined;

afterEach(async () => {
  await farm?.remove();
  await lab?.close();
});

describe("the field report's stack by WindowsWebFarm", () => {
  it.each(["2016", "2022"] as const)("deploys on %s", async (release) => {
    lab = await laboratory(release);
    farm = await LabFarm.create(lab, release);
    await farm.up();
    expect(await replicasSeen(farm.url)).toHaveLength(2);
  });
});
