import type Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exec } from "../../sdk/reload/exec";
import { prepareImages } from "../../toolchain/images";
import { EngineFixture, eventually, freePort, uniqueName } from "../support/engine";
import { webfarm } from "../support/farm";
import { Load } from "../support/load";
import { replicasSeen, ScaleSetProject } from "../support/scaleSet";

const both = ["web-1", "web-2"];
const fixture = new EngineFixture();
let web: ScaleSetProject;
let url: string;

beforeAll(async () => {
  const { webapp, proxy } = await prepareImages({ docker: fixture.docker, log: () => undefined });
  const publish = await freePort();
  url = `http://localhost:${publish}`;
  web = await ScaleSetProject.create({
    service: {
      platform: "linux",
      image: webapp,
      replicas: 2,
      ports: [{ container: 80 }],
      healthCheck: { path: "/healthz", intervalSeconds: 1, retries: 2, startPeriodSeconds: 1 },
      stopGraceSeconds: 2,
    },
    proxy: {
      image: proxy,
      publish,
      timeouts: { connectSeconds: 1, readSeconds: 2 },
      reload: { maxAttempts: 2, delaySeconds: 0.5, drainSeconds: 2 },
    },
  });
  await web.up();
});

afterAll(() => web.remove());

async function replica(number: number): Promise<Docker.Container> {
  const found = (await web.containers()).find(({ Labels }) => Labels["webfarm.replica"] === `web-${number}`);
  return fixture.docker.getContainer(found?.Id ?? "");
}

async function proxy(): Promise<Docker.Container> {
  return fixture.docker.getContainer((await web.names("proxy")).join());
}

async function networkOf(container: Docker.Container): Promise<Docker.Network> {
  const { NetworkSettings } = await container.inspect();
  return fixture.docker.getNetwork(Object.keys(NetworkSettings.Networks).join());
}

const status = () => webfarm("status", "--stack", web.stackLabel);

/** Both replicas answer, and nobody else; says after how long. */
async function backAfter(what: string): Promise<void> {
  const since = Date.now();
  await eventually(`both replicas after ${what}`, 40, async () =>
    (await replicasSeen(url, 10)).join() === both.join() ? true : undefined,
  );
  console.log(`${what}: both replicas answer after ${((Date.now() - since) / 1000).toFixed(1)} s`);
}

/** What the other replica must make good: while the first is harmed, it answers everything. */
async function withoutLoss(harm: () => Promise<unknown>, meanwhile: () => Promise<unknown>): Promise<void> {
  const load = new Load(url, { fresh: 4, restMs: 10 });
  await harm();
  load.take();
  await eventually("answers of the other replica alone", 20, async () =>
    (await replicasSeen(url, 10)).join() === "web-2" ? true : undefined,
  );
  await meanwhile();
  const { failures, ok } = await load.stop();
  expect(failures).toEqual({});
  expect(ok).toBeGreaterThan(0);
}

describe("a replica", () => {
  it("that hangs is left out, and back when it goes on", async () => {
    const first = await replica(1);
    await withoutLoss(
      () => first.pause(),
      async () => {
        const { exitCode, out } = await status();
        expect(exitCode).toBe(1);
        expect(out).toContain("is paused");
        expect(out).toContain("docker unpause");
      },
    );
    await first.unpause();
    await backAfter("a replica went on");
  });

  it("that hangs does not hold up a roll, and is replaced by it", async () => {
    const first = await replica(1);
    await withoutLoss(
      () => first.pause(),
      async () => {
        await web.change({ service: { generation: uniqueName("g") } });
        await web.up();
      },
    );
    await backAfter("a roll with a replica that hung");
    expect(await web.names()).toHaveLength(2);
    await web.expect("preview", "--expect-no-changes");
  });

  it("without a network is left out, and back when it has one", async () => {
    const first = await replica(1);
    const network = await networkOf(first);
    await withoutLoss(
      () => network.disconnect({ Container: first.id }),
      async () => {
        // Scaling would bring its name to nginx, which must be told of names that resolve only.
        await web.change({ service: { replicas: 3 } });
        const { exitCode, output } = await web.project.run("up", "--yes", "--skip-preview");
        expect(exitCode, output).not.toBe(0);
        expect(output).toContain("host not found in upstream");
        expect(output).toContain("the old one is in force");
        await network.connect({ Container: first.id });
        await web.up();
        await web.change({ service: { replicas: 2 } });
        await web.up();
      },
    );
    await backAfter("a replica got its network back");
  });

  it("that is unhealthy is named, is asked while it answers, and is well again after a restart", async () => {
    const first = await replica(1);
    const health = async () => (await first.inspect()).State.Health?.Status;
    const becomes = (wanted: string) =>
      eventually(`${wanted} replica`, 20, async () => ((await health()) === wanted ? true : undefined));
    const load = new Load(url, { fresh: 2, restMs: 20 });
    const ask = ["wget", "-q", "-O", "-", "--post-data=", "http://127.0.0.1/-/unhealthy"];
    await exec(first, ask, { timeoutSeconds: 20 });
    await becomes("unhealthy");
    expect(await replicasSeen(url)).toEqual(both);
    expect((await status()).out).toMatch(/web-1 .* is not healthy/);
    await first.restart({ t: 2 });
    await becomes("healthy");
    await backAfter("a replica was restarted");
    expect((await load.stop()).failures).toEqual({});
  });
});

describe("the proxy", () => {
  it("that hangs is named by status and by an up, which the next one makes good", async () => {
    const container = await proxy();
    await container.pause();
    const { exitCode, out } = await status();
    expect(exitCode).toBe(1);
    expect(out).toContain("is paused");
    await web.change({ service: { replicas: 3 } });
    const up = await web.project.run("up", "--yes", "--skip-preview");
    expect(up.exitCode, up.output).not.toBe(0);
    expect(up.output).toMatch(/is paused/);
    await container.unpause();
    await backAfter("the proxy went on");
    await web.up();
    expect(await replicasSeen(url)).toEqual(["web-1", "web-2", "web-3"]);
    await web.change({ service: { replicas: 2 } });
    await web.up();
  });

  it("whose workers hang is served by new ones after a reload by hand", async () => {
    const container = await proxy();
    // The brackets keep the shell from finding itself.
    const hang = `kill -STOP $(grep -l -s 'nginx: [w]orker' /proc/[0-9]*/cmdline | cut -d/ -f3)`;
    expect((await exec(container, ["sh", "-c", hang], { timeoutSeconds: 20 })).exitCode).toBe(0);
    await expect(replicasSeen(url, 1)).rejects.toThrow();
    const { out } = await webfarm("reload", "--stack", web.stackLabel);
    expect(out).toContain("done");
    await backAfter("nginx's workers were replaced");
  });

  it("without a network is back when it has one", async () => {
    const container = await proxy();
    const network = await networkOf(container);
    await network.disconnect({ Container: container.id });
    await expect(replicasSeen(url, 1)).rejects.toThrow();
    await network.connect({ Container: container.id });
    await backAfter("the proxy got its network back");
    await web.expect("up", "--refresh", "--yes", "--skip-preview");
    await web.expect("preview", "--expect-no-changes");
  });

  it("that was stopped is made anew by an up with a refresh", async () => {
    const container = await proxy();
    await container.stop({ t: 1 });
    expect((await status()).out).toContain("does not run");
    await web.expect("up", "--refresh", "--yes", "--skip-preview");
    await backAfter("a stopped proxy was made anew");
    expect(await web.names("proxy")).toHaveLength(1);
    await web.expect("preview", "--expect-no-changes");
  });
});
