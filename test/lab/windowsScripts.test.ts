import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type Docker from "dockerode";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { HostRelease } from "../../sdk/args";
import { nginxFacts } from "../../cli/engine/proxyFacts";
import { windowsProxy } from "../../sdk/platform/windows";
import { reloadExit } from "../../sdk/proxy/linuxScripts";
import { exec } from "../../sdk/reload/exec";
import { reloadProxy } from "../../sdk/reload/reload";
import type { ReloadInput } from "../../sdk/reload/reloadInput";
import { eventually, uniqueName } from "../support/engine";
import { proxyArgs } from "../support/proxy";
import { WindowsBench, windowsConfiguration as configuration } from "./windowsBench";

let bench: WindowsBench;

beforeEach(async () => {
  bench = await WindowsBench.create();
});

afterEach(() => bench.remove());

/** A proxy that serves, with what it knows when it is new. */
async function newProxy(release: HostRelease = "2022"): Promise<Docker.Container> {
  const proxy = await bench.startProxy({ release });
  expect((await bench.get(proxy)).status).toBe(503);
  return proxy;
}

function logged(proxy: Docker.Container, text: string, seconds: number) {
  return eventually(`"${text}" in the log`, seconds, async () =>
    (await bench.engine.logs(proxy)).includes(text) ? true : undefined,
  );
}

/** What the proxy starts with, as if a reload had brought it before a restart. */
function keep(upstreams: string[], start: object): Promise<void> {
  return writeFile(join(bench.directory, "nginx.conf"), configuration(upstreams, { start }).text);
}

describe("the cell", () => {
  it("has the field report's symptom: a name asked for too early stays unknown until the flush", async () => {
    const name = uniqueName("webapp");
    await keep([`${name}:80`], {});
    const cell = await bench.startCell(["cmd", "/c", "ping -n 120 127.0.0.1 >nul"], { negativeSeconds: 60 });
    const test = () => bench.run(cell, "c:\\nginx\\nginx.exe -p c:/nginx/ -t -q -c c:/webfarm/nginx.conf");
    const refused = await test();
    expect(refused).toMatchObject({ exitCode: 1 });
    expect(refused.lines.join("\n")).toContain(`host not found in upstream "${name}:80"`);

    await bench.startReplica("webapp-1", name);
    expect((await exec(cell, ["nslookup", name, "127.0.0.11"], { timeoutSeconds: 20 })).exitCode).toBe(0);
    expect((await test()).exitCode).toBe(1);
    expect((await bench.run(cell, "ipconfig /flushdns")).exitCode).toBe(0);
    expect(await test()).toMatchObject({ exitCode: 0 });
  });
});

describe("the field report's proxy in the cell", () => {
  it("sees one address after a plain reload, and all of them after a flush", async () => {
    const naive = [
      "events {}",
      "http {",
      "  upstream production { server webapp; }",
      "  server { listen 80; location / { proxy_pass http://production; } }",
      "}",
    ];
    await writeFile(join(bench.directory, "naive.conf"), naive.join("\n"));
    await bench.startSharing("webapp", "webapp-1");
    const nginx = "c:\\nginx\\nginx.exe -p c:/nginx/ -c c:/webfarm/naive.conf";
    const cell = await bench.startCell(["cmd", "/s", "/c", nginx]);
    expect(await bench.replicasSeen(cell, 4)).toEqual(["webapp-1"]);

    await bench.startSharing("webapp", "webapp-2");
    expect((await bench.run(cell, `${nginx} -s reload`)).exitCode).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(await bench.replicasSeen(cell, 8)).toEqual(["webapp-1"]);
    await bench.run(cell, `ipconfig /flushdns & ${nginx} -s reload`);
    await eventually("both replicas", 15, async () =>
      (await bench.replicasSeen(cell, 8)).length === 2 ? true : undefined,
    );
  });
});

describe("start-nginx.cmd", () => {
  it("waits for a replica that comes late, whatever the DNS client remembers", async () => {
    const name = uniqueName("webapp-1");
    await keep([`${name}:80`], { delaySeconds: 1 });
    const proxy = await bench.startProxy({ negativeSeconds: 600 });
    await logged(proxy, `attempt 2 of 60: `, 30);
    expect(await bench.engine.logs(proxy)).toContain(`host not found in upstream "${name}:80"`);
    await bench.startReplica("webapp-1", name);
    await logged(proxy, "configuration accepted, nginx starts", 15);
    expect(await bench.replicasSeen(proxy, 3)).toEqual(["webapp-1"]);
  });

  it("starts without a replica that stays away, and takes it in when it is back", async () => {
    const late = uniqueName("webapp-2");
    await keep([await bench.startReplica("webapp-1"), `${late}:80`], { maxAttempts: 2, delaySeconds: 1 });
    const proxy = await bench.startProxy({ negativeSeconds: 600 });
    await logged(proxy, `nginx starts without ${late}:80`, 30);
    expect(await bench.replicasSeen(proxy, 4)).toEqual(["webapp-1"]);

    await bench.startReplica("webapp-2", late);
    await logged(proxy, "addresses of replicas changed, nginx reloads", 40);
    await eventually("both replicas", 10, async () =>
      (await bench.replicasSeen(proxy, 6)).length === 2 ? true : undefined,
    );
  });

  it("ends when nginx ends, and serves its upstreams after the restart", async () => {
    const proxy = await newProxy();
    expect((await bench.reload(proxy, configuration([await bench.startReplica("webapp-1")]))).exitCode).toBe(
      0,
    );
    const ended = proxy.wait() as Promise<{ StatusCode: number }>;
    await bench.run(proxy, "taskkill /f /im nginx.exe").catch(() => undefined);
    expect((await ended).StatusCode).not.toBe(0);
    await proxy.start();
    await eventually("webapp-1", 20, async () =>
      (await bench.replicasSeen(proxy, 2)).join() === "webapp-1" ? true : undefined,
    );
  });
});

describe("reload.cmd", () => {
  it.each(["2016", "2022"] as const)("brings replicas in and takes them out on %s", async (release) => {
    const proxy = await newProxy(release);
    const upstreams = [await bench.startReplica("webapp-1"), await bench.startReplica("webapp-2")];
    expect(await bench.reload(proxy, configuration(upstreams))).toEqual({
      exitCode: 0,
      lines: ["webfarm: configuration in force after 1 of 3 attempts"],
    });
    expect(await bench.replicasSeen(proxy, 10)).toEqual(["webapp-1", "webapp-2"]);
    expect((await bench.reload(proxy, configuration(upstreams.slice(0, 1)))).exitCode).toBe(0);
    expect(await bench.replicasSeen(proxy, 10)).toEqual(["webapp-1"]);
    // By hand, as an operator does it.
    expect((await bench.run(proxy, windowsProxy.reloadScript)).exitCode).toBe(0);
    // What webfarm status and the status page ask.
    const { lines } = await exec(proxy, [...windowsProxy.askNginx], { timeoutSeconds: 60 });
    expect(nginxFacts(lines.join("\n"))).toMatchObject({
      running: configuration(upstreams.slice(0, 1)).digest,
      counters: { active: 1 },
    });
  });

  it("leaves the old configuration in force when nginx refuses the new one, and leaves nothing behind", async () => {
    const proxy = await newProxy();
    const good = await bench.startReplica("webapp-1");
    await bench.reload(proxy, configuration([good]));
    const result = await bench.reload(proxy, configuration([good, "nobody:80"]), 2);
    expect(result.exitCode).toBe(reloadExit.refused);
    expect(result.lines).toHaveLength(2);
    expect(result.lines[1]).toMatch(/attempt 2 of 2: .*host not found in upstream "nobody:80"/);
    expect(await bench.replicasSeen(proxy, 3)).toEqual(["webapp-1"]);
    const left = await readdir(bench.directory);
    expect(left.filter((name) => /b64$|^next|^tls-|^reload\.txt/.test(name))).toEqual([]);
  });

  it("puts the old configuration back when the worker does not take the new one up", async () => {
    const proxy = await newProxy();
    const { files, ...rest } = configuration([await bench.startReplica("webapp-1")]);
    const lying = files.map((file) => ({
      ...file,
      text: file.text.replace(/^# webfarm-digest .*$/m, "# webfarm-digest 0000"),
    }));
    const result = await bench.reload(proxy, { ...rest, files: lying });
    expect(result.exitCode).toBe(reloadExit.notTaken);
    expect(result.lines.join()).toContain("the old one is back");
    await eventually("the empty configuration", 10, async () =>
      (await bench.get(proxy)).status === 503 ? true : undefined,
    );
  });

  it("refuses a configuration that did not arrive whole", async () => {
    const proxy = await newProxy();
    const { files, ...rest } = configuration([]);
    const { commands, parameters } = windowsProxy.encode(files);
    const [first] = commands;
    const environment = first?.environment?.map((word) => word.slice(0, 500)) ?? [];
    await exec(proxy, first?.command ?? [], { environment, timeoutSeconds: 20 });
    const result = await bench.run(proxy, windowsProxy.reloadScript, ...parameters, "1", "1", "0");
    expect(result.exitCode).toBe(reloadExit.incomplete);
    expect(result.lines[0]).toMatch(/^webfarm: \d+ of \d+ bytes of the configuration arrived$/);
    expect(rest.text.length).toBeGreaterThan(500);
  });

  it("does not mix two reloads at once", async () => {
    const proxy = await newProxy();
    const [one, two] = [await bench.startReplica("webapp-1"), await bench.startReplica("webapp-2")];
    const results = await Promise.all([
      bench.reload(proxy, configuration([one])),
      bench.reload(proxy, configuration([two])),
    ]);
    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(await bench.replicasSeen(proxy, 6)).toHaveLength(1);
  });

  it("carries 500 upstreams", async () => {
    const proxy = await newProxy();
    const host = await bench.startReplica("webapp-1");
    const others = Array.from({ length: 499 }, (_, index) => host.replace(":80", `:${1000 + index}`));
    expect(await bench.reload(proxy, configuration([host, ...others]))).toMatchObject({ exitCode: 0 });
  });

  it("lets a request under way finish before the hook calls the replica drained", async () => {
    const proxy = await newProxy();
    const [staying, leaving] = [await bench.startReplica("webapp-1"), await bench.startReplica("webapp-2")];
    const input = (upstream: string): ReloadInput => ({
      proxy: proxy.id,
      configuration: "",
      upstreams: { webapp: [upstream] },
    });
    const lines: string[] = [];
    const options = {
      limits: proxyArgs().reload,
      paths: windowsProxy,
      log: (line: string) => lines.push(line),
    };
    await reloadProxy(bench.engine.docker, input(leaving), undefined, configuration([leaving]), options);

    const slow = bench.get(proxy, "/?delay=4s");
    await new Promise((resolve) => setTimeout(resolve, 500));
    await reloadProxy(bench.engine.docker, input(staying), input(leaving), configuration([staying]), options);
    // The reload ended only after the slow request: its answer is there without any further wait.
    const late = new Promise<undefined>((resolve) => setTimeout(resolve, 200, undefined));
    const answer = await Promise.race([slow, late]);
    expect(answer?.headers.get("x-webfarm-replica")).toBe("webapp-2");
    expect(lines.join("\n")).toContain("drained in");
  });
});
