import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StatusReport } from "../../cli/status/report";
import { exec } from "../../sdk/reload/exec";
import { eventually, freePort } from "../support/engine";
import { LabelledFarm, webfarm } from "../support/farm";

/** The command against real containers; they are made without Pulumi, which none of these needs. */
let farm: LabelledFarm;
const main = join(__dirname, "../../dist/cli/main.js");

beforeAll(async () => {
  farm = await LabelledFarm.create(2);
});

afterAll(() => farm.remove());

describe("webfarm status", () => {
  const report = async () => JSON.parse((await webfarm("status", farm.farm, "--json")).out) as StatusReport;

  it("shows replicas in rotation, and ends with 0", async () => {
    const { exitCode, out } = await webfarm("status", farm.farm);
    expect(out).toMatch(/^farm-\S+ \(stack test\/command\): all is well/);
    expect(out).toContain("webapp: 2 of 2 healthy, 2 in rotation");
    expect(exitCode).toBe(0);
  });

  it("finds a replica that the proxy does not know, and a changed configuration, and ends with 1", async () => {
    const upstreams = [`${farm.farm}-webapp-1:80`];
    await farm.tell(upstreams);
    if (farm.proxy === undefined) throw new Error("no proxy");
    await exec(farm.proxy, ["sed", "-i", "s/gzip on/gzip off/", "/webfarm/nginx.conf"], {
      timeoutSeconds: 20,
    });
    const found = (await report()).farms[0]?.findings.map(({ code }) => code);
    expect(found).toEqual(["notInRotation", "changedByHand"]);
    expect((await webfarm("status", farm.farm)).exitCode).toBe(1);
    await farm.tell([...upstreams, `${farm.farm}-webapp-2:80`]);
    expect((await report()).ok).toBe(true);
  });

  it("goes on looking with --watch, one line of JSON a look, until it is stopped", async () => {
    const args = [main, "status", farm.farm, "--watch", "--interval", "0.1", "--json", "--cwd", tmpdir()];
    const watch = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const looks: StatusReport[] = [];
    try {
      for await (const line of createInterface({ input: watch.stdout })) {
        looks.push(JSON.parse(line) as StatusReport);
        if (looks.length === 2) break;
      }
    } finally {
      watch.kill("SIGKILL");
    }
    expect(looks.map(({ ok }) => ok)).toEqual([true, true]);
  }, 60_000);

  it("says what to do when there is no such farm, or no engine", async () => {
    const none = await webfarm("status", "nosuch");
    expect([none.exitCode, none.notes]).toEqual([
      1,
      "webfarm: there is no farm nosuch on the engine\n  -> webfarm status lists those that are there",
    ]);
    const away = await webfarm("status", "--host", "unix:///nosuch.sock", "--json");
    expect(away.exitCode).toBe(3);
    expect(JSON.parse(away.out)).toMatchObject({
      error: expect.stringMatching(/no Docker engine answers at unix:\/\/\/nosuch\.sock/) as string,
      hint: expect.stringContaining("--host") as string,
    });
    expect((await webfarm("status", "--interval", "0")).exitCode).toBe(2);
  });
});

describe("webfarm logs", () => {
  beforeAll(async () => {
    const { engine, images } = farm.bench;
    for (const [replica, delay] of [
      ["talk-1", 0],
      ["talk-2", 0.3],
    ] as const) {
      const script = `sleep ${delay}; echo ${replica} one; sleep 2; echo ${replica} two >&2; exec sleep 600`;
      const Labels = farm.labels("talk", replica);
      await engine.start({ Image: images.console, Cmd: ["sh", "-c", script], Labels });
    }
  });

  it("merges replicas in the order of time, and tells streams apart", async () => {
    const merged = await eventually("both have talked", 20, async () => {
      const lines = (await webfarm("logs", farm.farm, "--app", "talk")).out.split("\n");
      return lines.length === 4 ? lines : undefined;
    });
    expect(merged.slice(0, 2).sort()).toEqual(["talk-1 | talk-1 one", "talk-2 | talk-2 one"]);
    expect(merged.slice(2).sort()).toEqual(["talk-1 | talk-1 two", "talk-2 | talk-2 two"]);
    const { out } = await webfarm("logs", farm.farm, "--replica", "talk-2", "--tail", "1", "--json");
    expect(JSON.parse(out)).toMatchObject({ replica: "talk-2", stream: "stderr", line: "talk-2 two" });
    expect((await webfarm("logs", farm.farm, "--app", "talk", "--since", "2100-01-01T00:00:00Z")).out).toBe(
      "",
    );
    expect((await webfarm("logs", farm.farm, "--app", "nosuch")).exitCode).toBe(1);
    expect((await webfarm("logs", "--since", "yesterday")).exitCode).toBe(2);
  });

  it("follows a container that comes later", async () => {
    const args = ["--cwd", tmpdir(), "logs", farm.farm, "--app", "late", "--app", "talk", "--follow"];
    const follow = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    let seen = "";
    follow.stdout.on("data", (text: Buffer) => (seen += text.toString()));
    const has = (text: string) => () => Promise.resolve(seen.includes(text) || undefined);
    try {
      await eventually("the first lines", 20, has("talk-2 two"));
      const { engine, images } = farm.bench;
      const Cmd = ["sh", "-c", "echo here I am; exec sleep 600"];
      await engine.start({ Image: images.console, Cmd, Labels: farm.labels("late", "late-1") });
      await eventually("the new one", 20, has("late-1 | here I am"));
    } finally {
      follow.kill("SIGKILL");
    }
  }, 60_000);
});

describe("webfarm console", () => {
  it("runs a command in a replica, and ends as it does", async () => {
    const args = ["console", farm.farm, "--replica", "talk-1"];
    const { exitCode, out } = await webfarm(...args, "--", "sh", "-c", "echo in $0; exit 7");
    expect([exitCode, out]).toEqual([7, "in sh"]);
    expect(JSON.parse((await webfarm(...args, "--json")).out)).toMatchObject({
      command: expect.stringMatching(/^docker .*exec -it webfarm-test-\S+ sh$/) as string,
    });
  });

  it("says what is there to choose, and that a shell needs a terminal", async () => {
    const none = await webfarm("console", farm.farm);
    expect(none.notes).toMatch(/no console that runs\n {2}-> choose one with --replica: .*talk-1/);
    expect(none.exitCode).toBe(1);
    expect((await webfarm("console", farm.farm, "--replica", "talk-1")).exitCode).toBe(2);
  });

  it("opens a shell on a terminal", async () => {
    // script, which every Debian has, gives it a terminal.
    const command = `${process.execPath} ${main} --cwd ${tmpdir()} console ${farm.farm} --replica talk-1`;
    const shell = spawn("script", ["-qec", command, "/dev/null"], { stdio: ["pipe", "pipe", "inherit"] });
    let seen = "";
    shell.stdout.on("data", (text: Buffer) => (seen += text.toString()));
    const ended = new Promise<number | null>((resolve) => shell.once("close", resolve));
    try {
      await eventually("the prompt", 20, () => Promise.resolve(/[#$] /.test(seen) || undefined));
      shell.stdin.write("echo sum $((40 + 2)); exit 5\n");
      await eventually("the answer", 20, () => Promise.resolve(seen.includes("sum 42") || undefined));
      expect(await ended).toBe(5);
    } finally {
      shell.kill("SIGKILL");
    }
  }, 60_000);
});

describe("webfarm doctor", () => {
  it("finds this engine sound, a port taken and an image missing", async () => {
    const [sound, port] = [await freePort(), await freePort()];
    const { engine, images } = farm.bench;
    await engine.start({
      Image: images.webapp,
      ExposedPorts: { "80/tcp": {} },
      HostConfig: { PortBindings: { "80/tcp": [{ HostPort: String(port) }] } },
    });
    const { out, exitCode } = await webfarm("doctor", "--port", String(sound), "--json");
    const { checks } = JSON.parse(out) as { checks: { name: string; verdict: string; message: string }[] };
    expect(checks.slice(0, 2).map(({ name, verdict }) => [name, verdict])).toEqual([
      ["engine", "ok"],
      ["platform", "ok"],
    ]);
    expect(checks).toContainEqual({ name: "port", verdict: "ok", message: `${sound} is free` });
    expect(checks.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(new RegExp(`^${farm.farm}-proxy runs nginx \\d`)),
    );
    expect(exitCode).toBe(0);

    const bad = await webfarm("doctor", "--port", String(port), "--image", "webfarm-test/nosuch:1");
    expect(bad.out).toMatch(new RegExp(`problem +port +${port} is taken by the container`));
    expect(bad.out).toMatch(/warning +image +webfarm-test\/nosuch:1 is not on the engine/);
    expect(bad.exitCode).toBe(1);
    expect((await webfarm("doctor", "--host", "unix:///nosuch.sock")).exitCode).toBe(3);
  });
});

describe("webfarm reload", () => {
  it("takes the configuration up anew, and says what is in rotation", async () => {
    const upstream = await farm.replica("webapp-3");
    await farm.tell([`${farm.farm}-webapp-1:80`, `${farm.farm}-webapp-2:80`, upstream]);
    const { exitCode, out } = await webfarm("reload", farm.farm);
    expect(out).toMatch(/ {2}\| webfarm: configuration in force after 1 of \d+ attempts/);
    expect(out).toContain("done; in rotation: webapp 3");
    expect(exitCode).toBe(0);
  });

  it("says so when nginx refuses, or the proxy is stopped", async () => {
    if (farm.proxy === undefined) throw new Error("no proxy");
    await exec(farm.proxy, ["sed", "-i", "s/gzip on/gzip maybe/", "/webfarm/nginx.conf"], {
      timeoutSeconds: 20,
    });
    const refused = await webfarm("reload", farm.farm, "--json");
    expect(refused.exitCode).toBe(1);
    expect(JSON.parse(refused.out)).toMatchObject([
      { ok: false, hint: expect.stringContaining("nginx refused") as string, rotation: { webapp: 3 } },
    ]);
    await farm.proxy.stop({ t: 1 });
    const { exitCode, out } = await webfarm("reload", farm.farm);
    expect(out).toMatch(/proxy does not run: Exited/);
    expect(exitCode).toBe(1);
  });
});
