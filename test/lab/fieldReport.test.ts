import { afterAll, afterEach, describe, expect, it } from "vitest";
import { windowsImages } from "../../lab/cell/windowsImages";
import type { Lab, LabKnobs } from "../../lab/lab";
import type { HostRelease } from "../../sdk/args";
import { exec } from "../../sdk/reload/exec";
import { eventually } from "../support/engine";
import { Load } from "../support/load";
import { replicasSeen } from "../support/scaleSet";
import { LabFarm, laboratory, labClient, type FarmChange } from "./labFarm";
import { NaiveStack } from "./naiveStack";
import { secondsSince, SymptomTable } from "./symptomTable";

const table = new SymptomTable();
const loopback = "localhost:PORT on the host (2016)";
const start = "start until the first proxied answer (report: 30-60 s)";
const scale = "traffic for all after 2 -> 5";
const reloads = "reloads until five of five serve (report: up to 10)";
const early = "a name asked for too early";
const flaky = "ten refused look-ups of each name";

let lab: Lab | undefined;
let stack: NaiveStack | undefined;
let farm: LabFarm | undefined;

afterEach(async () => {
  await stack?.remove();
  await farm?.remove();
  await lab?.close();
  lab = stack = farm = undefined;
});

afterAll(() => {
  console.log(`The field report in the laboratory:\n${table.toString()}`);
});

/** Who answers, by a header of the web app. */
async function answering(url: string, header: "host" | "replica"): Promise<string[]> {
  const seen = new Set<string>();
  // So many that none is missed by chance while a load takes its turns as well.
  for (let request = 0; request < 60; request++) {
    const answer = await fetch(url, {
      headers: { connection: "close" },
      signal: AbortSignal.timeout(10_000),
    });
    seen.add(answer.headers.get(`x-webfarm-${header}`) ?? String(answer.status));
  }
  return [...seen].sort();
}

describe("the field report's stack by docker compose", () => {
  it("on 2016 with slow DNS: every symptom of the report", { timeout: 180_000 }, async () => {
    lab = await laboratory("2016", { seed: 3, dns: { negativeAnswers: [8, 12] } });
    const naive = (stack = await NaiveStack.create(lab));
    const url = `http://${lab.hostAddress}:${naive.port}`;
    const started = Date.now();
    await naive.compose("up", "-d", "--build", "--scale", "webapp=2");
    await eventually("an answer of the proxy", 90, async () => (await fetch(url)).ok || undefined);
    table.note(start, "naive", secondsSince(started));

    // Published ports do not loop back; from another machine they answer.
    await expect(fetch(`http://localhost:${naive.port}`)).rejects.toThrow();
    table.note(loopback, "naive", "refused");

    const before = await answering(url, "host");
    await naive.compose("up", "-d", "--no-recreate", "--scale", "webapp=5");
    // A plain reload sees what the DNS client remembers.
    expect(await naive.exec("proxy", "nginx", "-s", "reload")).toMatchObject({ exitCode: 0 });
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(await answering(url, "host")).toEqual(before);
    table.note(scale, "naive", `${before.length} of 5 after a plain reload`);

    const reloading = Date.now();
    let failures = 0;
    for (;;) {
      const { exitCode, lines } = await naive.exec("proxy", "cmd", "/c", "reload.cmd");
      if (exitCode === 0) break;
      failures++;
      expect(lines.join("\n")).toContain('host not found in upstream "webapp"');
      expect(failures).toBeLessThan(20);
    }
    await eventually("all five", 20, async () =>
      (await answering(url, "host")).length === 5 ? true : undefined,
    );
    table.note(reloads, "naive", `${failures} failed, ${secondsSince(reloading)}`);
    expect(failures).toBeGreaterThanOrEqual(8);
  });

  it("on 2022: a name asked for too early is there for nslookup and not for ping, until the flush", async () => {
    lab = await laboratory("2022");
    const docker = labClient(lab);
    const begin = async (name: string, Image: string, Cmd: string[]) => {
      const container = await docker.createContainer({ name, Image, Cmd });
      await container.start();
      return container;
    };
    const operator = await begin("console", windowsImages.servercore("2022"), ["ping", "-t", "localhost"]);
    const run = async (...command: string[]) =>
      (await exec(operator, command, { timeoutSeconds: 30 })).exitCode;
    const ping = ["cmd", "/c", "ping -n 1 webapp"];
    expect(await run(...ping)).not.toBe(0);
    await begin("webapp", windowsImages.iis("2022"), []);
    expect(await run("nslookup", "webapp")).toBe(0);
    expect(await run(...ping)).not.toBe(0);
    expect(await run("ipconfig", "/flushdns")).toBe(0);
    expect(await run(...ping)).toBe(0);
    table.note(early, "naive", "unknown until ipconfig /flushdns");
  });

  it("is refused what Windows does not have, in the engine's words", async () => {
    lab = await laboratory("2022");
    const docker = labClient(lab);
    const create = (HostConfig: object) =>
      docker.createContainer({ Image: windowsImages.mvcdemo(), HostConfig });
    await expect(create({ Privileged: true })).rejects.toThrow(
      "privileged mode is not supported for Windows containers",
    );
    const bridged = await create({ NetworkMode: "bridge" });
    await expect(bridged.start()).rejects.toThrow("could not find a network matching network mode bridge");
    const local = await create({ PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "80" }] } });
    await expect(local.start()).rejects.toThrow("Windows does not support host IP addresses in NAT settings");
    const plain = await create({});
    await expect(plain.update({ Memory: 512 * 1024 ** 2 })).rejects.toThrow(
      "resource updating isn't supported on Windows",
    );
  });
});

async function newFarm(
  release: HostRelease,
  knobs: LabKnobs = {},
  change: FarmChange = {},
): Promise<LabFarm> {
  lab = await laboratory(release, knobs);
  farm = await LabFarm.create(lab, release, change);
  return farm;
}

describe("the field report's stack by WindowsWebFarm", () => {
  it.each(["2016", "2022"] as const)(
    "on %s: scales and rolls under load without a failed request, and comes back from kills",
    { timeout: 180_000 },
    async (release) => {
      const farm = await newFarm(release);
      const started = Date.now();
      const firstAnswer = eventually("an answer of the farm", 120, async () =>
        (await fetch(farm.url)).ok ? secondsSince(started) : undefined,
      );
      await farm.up();
      table.note(start, "farm", `${release}: ${await firstAnswer}`);
      const { localUrl } = await farm.outputs();
      expect(new URL(localUrl).hostname === "localhost").toBe(release !== "2016");
      expect((await fetch(localUrl)).status).toBe(200);
      if (release === "2016") table.note(loopback, "farm", "localUrl is the container's address");

      const load = new Load(farm.url, { fresh: 2, kept: 2, slow: 1 });
      const scaling = Date.now();
      await farm.change({ app: { replicas: 5 } });
      const { output } = await farm.up();
      expect(await answering(farm.url, "replica")).toHaveLength(5);
      table.note(scale, "farm", `${release}: 5 of 5 after the up, ${secondsSince(scaling)}`);
      const reload = / reloaded in ([\d.]+ s)/.exec(output)?.[1] ?? "";
      table.note(reloads, "farm", `${release}: none, ${reload}`);
      await farm.change({ app: { image: windowsImages.mvcdemo("2"), replicas: 2 } });
      await farm.up();
      const { failures, firstFailure, ok } = await load.stop();
      table.note("requests failed in 2 -> 5, roll, 5 -> 2", "farm", `${release}: 0 of ${ok}`);
      expect(failures, firstFailure).toEqual({});
      expect((await fetch(farm.url)).headers.get("x-webfarm-version")).toBe("2");

      const proxy = await farm.container("proxy");
      const [replica] = await farm.containers("webapp");
      // taskkill ends what runs in the proxy, and so the exec itself.
      await exec(proxy, ["taskkill", "/f", "/im", "nginx.exe"], { timeoutSeconds: 30 }).catch(
        () => undefined,
      );
      await farm.docker.getContainer(replica?.Id ?? "").restart({ t: 0 });
      const both = () =>
        eventually("both replicas", 60, async () => {
          const seen = await replicasSeen(farm.url, 6);
          if (seen.join() === "webapp-1,webapp-2") return true;
          const log = await proxy.logs({ stdout: true, stderr: true, tail: 8 });
          throw new Error(`seen: ${seen.join()}; the proxy: ${log.toString()}`);
        });
      await both();
      await proxy.restart({ t: 5 });
      const restarted = Date.now();
      await both();
      table.note(
        "the proxy's container restarted",
        "farm",
        `${release}: both serve after ${secondsSince(restarted)}`,
      );
    },
  );

  it(
    "gets over ten refused look-ups, and beyond its limits says what nginx said",
    { timeout: 180_000 },
    async () => {
      const farm = await newFarm(
        "2022",
        { seed: 3, dns: { negativeAnswers: [8, 12] } },
        { app: { replicas: 1 } },
      );
      const { output } = await farm.up();
      const attempts = Number(/configuration in force after (\d+) of 30 attempts/.exec(output)?.[1]);
      expect(attempts).toBeGreaterThan(8);
      expect(await answering(farm.url, "replica")).toEqual(["webapp-1"]);
      table.note(early, "farm", "found: each attempt flushes first");
      table.note(flaky, "farm", `in force after ${attempts} attempts`);

      await farm.change({ app: { replicas: 2 }, proxy: { reload: { maxAttempts: 3, delaySeconds: 1 } } });
      const beyond = await farm.tryUp();
      expect(beyond.exitCode).not.toBe(0);
      expect(beyond.output).toMatch(/attempt 3 of 3: .*host not found in upstream/);
      expect(beyond.output).toContain("the old one is in force");
      expect(await answering(farm.url, "replica")).toEqual(["webapp-1"]);
      table.note(flaky, "farm", "with 3 attempts the up fails with nginx's words, what ran goes on");
    },
  );

  it("deploys and scales where everything is late", { timeout: 180_000 }, async () => {
    const knobs: LabKnobs = {
      seed: 7,
      startSeconds: [1, 4],
      execSeconds: [0.2, 0.8],
      dns: { delaySeconds: [0.2, 1], partialAnswers: 2 },
    };
    const farm = await newFarm("2022", knobs);
    await farm.up();
    await farm.change({ app: { replicas: 3 } });
    await farm.up();
    expect(await answering(farm.url, "replica")).toEqual(["webapp-1", "webapp-2", "webapp-3"]);
  });
});
