import { afterEach, describe, expect, it } from "vitest";
import { windowsImages } from "../../lab/cell/windowsImages";
import type { Lab } from "../../lab/lab";
import { exec } from "../../sdk/reload/exec";
import { eventually } from "../support/engine";
import { laboratory, labClient } from "./labFarm";
import { NaiveStack } from "./naiveStack";

let lab: Lab | undefined;
let stack: NaiveStack | undefined;

afterEach(async () => {
  await stack?.remove();
  await lab?.close();
  lab = stack = undefined;
});

/** The hosts of the replicas that answer. */
async function hostsSeen(url: string, requests = 15): Promise<string[]> {
  const seen = new Set<string>();
  for (let request = 0; request < requests; request++) {
    const answer = await fetch(url, {
      headers: { connection: "close" },
      signal: AbortSignal.timeout(10_000),
    });
    seen.add(answer.headers.get("x-webfarm-host") ?? String(answer.status));
  }
  return [...seen];
}

describe("the field report's stack by docker compose", () => {
  it("on 2016 with slow DNS: every symptom of the report", async () => {
    lab = await laboratory("2016", { seed: 3, dns: { negativeAnswers: [8, 12] } });
    const naive = (stack = await NaiveStack.create(lab));
    const url = `http://${lab.hostAddress}:${naive.port}`;
    const started = Date.now();
    await naive.compose("up", "-d");
    await eventually("an answer of the proxy", 120, async () => (await fetch(url)).ok || undefined);
    console.log(`naive: first proxied answer after ${seconds(started)} s`);

    // Published ports do not loop back; from another machine they answer.
    await expect(fetch(`http://localhost:${naive.port}`)).rejects.toThrow();

    await naive.compose("up", "-d", "--no-recreate", "--scale", "webapp=5");
    // A plain reload sees what the DNS client remembers: one address.
    expect(await naive.exec("proxy", "nginx", "-s", "reload")).toMatchObject({ exitCode: 0 });
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(await hostsSeen(url)).toHaveLength(1);

    // reload.cmd by hand, until it works.
    const reloading = Date.now();
    let failures = 0;
    for (;;) {
      const { exitCode, lines } = await naive.exec("proxy", "cmd", "/c", "reload.cmd");
      if (exitCode === 0) break;
      failures++;
      expect(lines.join("\n")).toContain('host not found in upstream "webapp"');
      expect(failures).toBeLessThan(20);
    }
    await eventually("all five", 20, async () => ((await hostsSeen(url)).length === 5 ? true : undefined));
    console.log(`naive: ${failures} reloads by hand failed; five of five after ${seconds(reloading)} s`);
    expect(failures).toBeGreaterThanOrEqual(5);
  });

  it("on 2022: a name asked for too early is not there for ping, but for nslookup, until the flush", async () => {
    lab = await laboratory("2022");
    const docker = labClient(lab);
    const start = async (name: string, Image: string, Cmd: string[]) => {
      const container = await docker.createContainer({ name, Image, Cmd });
      await container.start();
      return container;
    };
    const console = await start("console", windowsImages.servercore("2022"), ["ping", "-t", "localhost"]);
    const run = async (...command: string[]) =>
      (await exec(console, command, { timeoutSeconds: 30 })).exitCode;
    const ping = ["cmd", "/c", "ping -n 1 webapp"];
    expect(await run(...ping)).not.toBe(0);
    await start("webapp", windowsImages.iis("2022"), []);
    expect(await run("nslookup", "webapp")).toBe(0);
    expect(await run(...ping)).not.toBe(0);
    expect(await run("ipconfig", "/flushdns")).toBe(0);
    expect(await run(...ping)).toBe(0);
  });

  it("is refused what Windows does not have, in the engine's words", async () => {
    lab = await laboratory("2022");
    const docker = labClient(lab);
    const Image = windowsImages.mvcdemo();
    const create = (HostConfig: object) => docker.createContainer({ Image, HostConfig });
    await expect(create({ Privileged: true })).rejects.toThrow(
      "privileged mode is not supported for Windows containers",
    );
    await expect(
      create({ PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "80" }] } }).then((container) =>
        container.start(),
      ),
    ).rejects.toThrow("Windows does not support host IP addresses in NAT settings");
    const bridged = await create({ NetworkMode: "bridge" });
    await expect(bridged.start()).rejects.toThrow("could not find a network matching network mode bridge");
    const plain = await create({});
    await expect(plain.update({ Memory: 512 * 1024 ** 2 })).rejects.toThrow(
      "resource updating isn't supported on Windows",
    );
  });
});

function seconds(since: number): string {
  return ((Date.now() - since) / 1000).toFixed(1);
}
