import { afterEach, describe, expect, it } from "vitest";
import type { Lab, LabKnobs } from "../../lab/lab";
import type { HostRelease } from "../../sdk/args";
import { exec } from "../../sdk/reload/exec";
import { windowsImages } from "../../lab/cell/windowsImages";
import { eventually } from "../support/engine";
import { Load } from "../support/load";
import { replicasSeen } from "../support/scaleSet";
import { LabFarm, laboratory, type FarmChange } from "./labFarm";

let lab: Lab | undefined;
let farm: LabFarm | undefined;

afterEach(async () => {
  await farm?.remove();
  await lab?.close();
  farm = lab = undefined;
});

async function deploy(release: HostRelease, knobs: LabKnobs = {}, change: FarmChange = {}): Promise<LabFarm> {
  lab = await laboratory(release, knobs);
  farm = await LabFarm.create(lab, release, change);
  return farm;
}

describe.each(["2016", "2022"] as const)("the field report's stack by WindowsWebFarm on %s", (release) => {
  it("scales 2 -> 5 -> 2 and rolls under load without a failed request", async () => {
    const farm = await deploy(release);
    await farm.up();
    expect(await replicasSeen(farm.url)).toEqual(["webapp-1", "webapp-2"]);
    const { localUrl, url } = await farm.outputs();
    expect(new URL(url).port).toBe(String(farm.port));
    expect(new URL(localUrl).hostname === "localhost").toBe(release !== "2016");
    expect((await fetch(localUrl)).status).toBe(200);

    const load = new Load(farm.url, { fresh: 2, kept: 2, slow: 1 });
    await farm.change({ app: { replicas: 5 } });
    await farm.up();
    expect(await replicasSeen(farm.url, 15)).toHaveLength(5);
    await farm.change({ app: { image: windowsImages.mvcdemo("2"), replicas: 2 } });
    await farm.up();
    const report = await load.stop();
    console.log(`${release}: 2 -> 5, roll and 5 -> 2 under load: ${JSON.stringify(report)}`);
    expect(report.failures).toEqual({});
    expect(report.ok).toBeGreaterThan(100);
    const answer = await fetch(farm.url);
    expect(answer.headers.get("x-webfarm-version")).toBe("2");
  });
});

describe("kills and restarts", () => {
  it("come back with all replicas in rotation", async () => {
    const farm = await deploy("2022");
    await farm.up();
    const [replica] = await farm.containers("webapp");
    const proxy = await farm.container("proxy");
    // taskkill ends what runs in the proxy, and so the exec itself.
    await exec(proxy, ["taskkill", "/f", "/im", "nginx.exe"], { timeoutSeconds: 30 }).catch(() => undefined);
    await farm.docker.getContainer(replica?.Id ?? "").restart({ t: 0 });
    await eventually("both replicas", 60, async () =>
      (await replicasSeen(farm.url, 6)).join() === "webapp-1,webapp-2" ? true : undefined,
    );
    await proxy.restart({ t: 1 });
    await eventually("both replicas after a restart of the proxy", 60, async () =>
      (await replicasSeen(farm.url, 6)).join() === "webapp-1,webapp-2" ? true : undefined,
    );
  });
});

describe("a flaky host", () => {
  it.each<[string, LabKnobs]>([
    ["answers that there is no such name, ten times", { dns: { negativeAnswers: [8, 12] } }],
    ["answers late", { dns: { delaySeconds: [0.5, 1.5] } }],
    ["starts containers and commands late", { startSeconds: [1, 5], execSeconds: [0.2, 1] }],
  ])("that %s: the farm deploys and scales", async (_, knobs) => {
    const farm = await deploy("2022", { seed: 7, ...knobs });
    await farm.up();
    await farm.change({ app: { replicas: 3 } });
    const { output } = await farm.up();
    expect(output).toMatch(/configuration in force after \d+ of 30 attempts/);
    expect(await replicasSeen(farm.url, 9)).toEqual(["webapp-1", "webapp-2", "webapp-3"]);
  });

  it("beyond the limits fails the up with nginx's words, and what ran goes on", async () => {
    const farm = await deploy(
      "2022",
      { dns: { negativeAnswers: 6 } },
      { proxy: { reload: { maxAttempts: 30 } } },
    );
    await farm.up();
    await farm.change({ app: { replicas: 3 }, proxy: { reload: { maxAttempts: 3, delaySeconds: 1 } } });
    const { exitCode, output } = await farm.tryUp();
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(/attempt 3 of 3: .*host not found in upstream/);
    expect(output).toContain("the old one is in force");
    expect(await replicasSeen(farm.url, 6)).toEqual(["webapp-1", "webapp-2"]);
  });
});
