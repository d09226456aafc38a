import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { reloadExit } from "../../sdk/proxy/linuxScripts";
import { exec } from "../../sdk/reload/exec";
import { reloadProxy } from "../../sdk/reload/reload";
import type { ReloadInput } from "../../sdk/reload/reloadInput";
import { eventually, uniqueName } from "../support/engine";
import { configuration, paths, ProxyBench, proxyArgs } from "../support/proxy";

let bench: ProxyBench;

beforeEach(async () => {
  bench = await ProxyBench.create();
});

afterEach(() => bench.remove());

describe("start-nginx.sh", () => {
  it("starts without upstreams and says so", async () => {
    const proxy = await bench.startProxy();
    const answer = await bench.get(proxy);
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("5");
    expect((await bench.get(proxy, "/_webfarm/health")).status).toBe(200);
  });

  it("keeps its upstreams over a restart, and waits for one that comes back later", async () => {
    const proxy = await bench.startProxy();
    const name = uniqueName("webapp-1");
    await bench.get(proxy);
    const upstream = await bench.startReplica("webapp-1", name);
    expect((await bench.reload(proxy, configuration([upstream]))).exitCode).toBe(0);

    await bench.engine.docker.getContainer(name).stop({ t: 0 });
    await proxy.restart({ t: 1 });
    await eventually("a logged attempt", 10, async () => {
      const log = await bench.engine.logs(proxy);
      return log.includes("attempt 1 of 60") && log.includes(name) ? true : undefined;
    });
    await bench.engine.docker.getContainer(name).start();
    await eventually("webapp-1 behind the proxy", 15, async () =>
      (await bench.get(proxy)).headers.get("x-webfarm-replica") === "webapp-1" ? true : undefined,
    );
  });

  // sed takes letters behind an expression for its flags, each another one.
  it.each(["webapp-2", "api-2", "shop-x-2", "p-2", "10"])(
    "starts without a replica that stays away, and takes it in when it comes back: %s",
    async (replica) => {
      const args = { start: { maxAttempts: 2, delaySeconds: 0.1 } };
      const name = uniqueName(replica);
      const here = await bench.startReplica("webapp-1");
      await writeFile(join(bench.directory, "nginx.conf"), configuration([here, `${name}:80`], args).text);
      const files = new Set(await readdir(bench.directory));
      const proxy = await bench.startProxy();
      expect(await bench.replicasSeen(proxy)).toEqual(["webapp-1"]);
      const log = await bench.engine.logs(proxy);
      expect(log).toContain("attempt 2 of 2");
      expect(log).toContain("host not found in upstream");
      expect(log).toContain(`starts without ${name}`);
      const running = await readFile(join(bench.directory, "running.conf"), "utf8");
      expect(running).toContain(`    server 127.0.0.1:9 down; # ${name} does not resolve\n`);
      const more = (await readdir(bench.directory)).filter((file) => !files.has(file)).sort();
      expect(more).toEqual(["addresses", "nginx.pid", "running.conf"]);

      await bench.startReplica(replica, name);
      await eventually(`${replica} behind the proxy`, 20, async () =>
        (await bench.replicasSeen(proxy)).includes(replica) ? true : undefined,
      );
    },
  );

  it("gives up when nginx refuses the configuration for good", async () => {
    const { text } = configuration([], { start: { maxAttempts: 2, delaySeconds: 0.1 } });
    await writeFile(join(bench.directory, "nginx.conf"), text.replace("http {", "http { nonsense;"));
    const proxy = await bench.startProxy();
    expect(((await proxy.wait()) as { StatusCode: number }).StatusCode).toBe(1);
    expect(await bench.engine.logs(proxy)).toContain('unknown directive "nonsense"');
  });

  it("follows a replica to a new address, and leaves its old one to others", async () => {
    const proxy = await bench.startProxy();
    const [one, two] = [uniqueName("webapp-1"), uniqueName("webapp-2")];
    const upstreams = [await bench.startReplica("webapp-1", one), await bench.startReplica("webapp-2", two)];
    expect((await bench.reload(proxy, configuration(upstreams))).exitCode).toBe(0);

    // The engine gives the address that webapp-2 had to whoever comes next.
    const replica = bench.engine.docker.getContainer(two);
    const before = await bench.engine.address(replica);
    await replica.stop({ t: 0 });
    await bench.engine.start({
      Image: bench.images.webapp,
      Env: ["WEBFARM_REPLICA=somebody-else"],
      HostConfig: { NetworkMode: bench.network },
    });
    await replica.start();
    expect(await bench.engine.address(replica)).not.toBe(before);
    await eventually("webapp-2 at its new address", 30, async () => {
      const seen = await bench.replicasSeen(proxy);
      return seen.join() === "webapp-1,webapp-2" ? true : undefined;
    });
    expect(await bench.engine.logs(proxy)).toContain("addresses of replicas changed, nginx reloads");
  });

  it("stops at once while it waits", async () => {
    await writeFile(
      join(bench.directory, "nginx.conf"),
      configuration(["nobody:80"], { start: { delaySeconds: 60 } }).text,
    );
    const proxy = await bench.startProxy();
    await eventually("the first attempt", 10, async () =>
      (await bench.engine.logs(proxy)).includes("attempt 1") ? true : undefined,
    );
    await proxy.stop({ t: 20 });
    expect((await proxy.inspect()).State.ExitCode).toBe(0);
  });
});

describe("reload.sh", () => {
  it("brings every replica into rotation and takes them out again", async () => {
    const proxy = await bench.startProxy();
    await bench.get(proxy);
    const upstreams = [
      await bench.startReplica("webapp-1"),
      await bench.startReplica("webapp-2"),
      await bench.startReplica("webapp-3"),
    ];
    const out = await bench.reload(proxy, configuration(upstreams));
    expect(out).toMatchObject({ exitCode: 0 });
    expect(await bench.replicasSeen(proxy)).toEqual(["webapp-1", "webapp-2", "webapp-3"]);

    expect((await bench.reload(proxy, configuration(upstreams.slice(0, 1)))).exitCode).toBe(0);
    expect(await bench.replicasSeen(proxy)).toEqual(["webapp-1"]);
  });

  it("leaves the old configuration in force when an upstream never resolves, and says what nginx said", async () => {
    const proxy = await bench.startProxy();
    await bench.get(proxy);
    const good = await bench.startReplica("webapp-1");
    await bench.reload(proxy, configuration([good]));
    const result = await bench.reload(proxy, configuration([good, "nobody:80"]));
    expect(result.exitCode).toBe(reloadExit.refused);
    expect(result.lines.filter((line) => line.includes("host not found in upstream"))).toHaveLength(3);
    expect(result.lines.at(-1)).toContain("attempt 3 of 3");
    expect(await bench.replicasSeen(proxy, 5)).toEqual(["webapp-1"]);
  });

  it("refuses a configuration that did not arrive whole", async () => {
    const proxy = await bench.startProxy();
    await bench.get(proxy);
    const result = await exec(proxy, ["sh", "-c", "printf half | sh /webfarm/reload.sh 0 10 1 1 0"], {
      timeoutSeconds: 20,
    });
    expect(result.exitCode).toBe(reloadExit.incomplete);
    expect(result.lines).toEqual(["webfarm: 4 of 10 bytes of the configuration arrived"]);
  });

  it("does not mix two reloads at once", async () => {
    const proxy = await bench.startProxy();
    await bench.get(proxy);
    const one = await bench.startReplica("webapp-1");
    const two = await bench.startReplica("webapp-2");
    const results = await Promise.all([
      bench.reload(proxy, configuration([one])),
      bench.reload(proxy, configuration([two])),
    ]);
    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(await bench.replicasSeen(proxy)).toHaveLength(1);
  });

  it("removes the lock of a reload that died", async () => {
    const proxy = await bench.startProxy();
    await bench.get(proxy);
    await exec(proxy, ["sh", "-c", "mkdir /webfarm/reload.lock; echo 99999 > /webfarm/reload.lock/pid"], {
      timeoutSeconds: 10,
    });
    const result = await bench.reload(proxy, configuration([await bench.startReplica("webapp-1")]));
    expect(result.exitCode).toBe(0);
    expect(result.lines[0]).toContain("lock of a reload that died");
  });

  it("lets a request under way finish before it reports the replica drained", async () => {
    const proxy = await bench.startProxy();
    await bench.get(proxy);
    const [staying, leaving] = [await bench.startReplica("webapp-1"), await bench.startReplica("webapp-2")];
    const input = (upstreams: string[]): ReloadInput => ({
      proxy: proxy.id,
      configuration: "",
      upstreams: { webapp: upstreams },
    });
    const lines: string[] = [];
    const options = { limits: proxyArgs().reload, paths, log: (line: string) => lines.push(line) };
    await reloadProxy(bench.engine.docker, input([leaving]), undefined, configuration([leaving]), options);

    const slow = bench.get(proxy, "/?delay=3s");
    await new Promise((resolve) => setTimeout(resolve, 500));
    await reloadProxy(
      bench.engine.docker,
      input([staying]),
      input([leaving]),
      configuration([staying]),
      options,
    );
    // The reload ended only after the slow request: its answer is there without any further wait.
    const answer = await Promise.race([
      slow,
      new Promise<undefined>((resolve) => setTimeout(resolve, 200, undefined)),
    ]);
    expect(answer?.headers.get("x-webfarm-replica")).toBe("webapp-2");
    expect(lines.join("\n")).toContain("webapp 1 -> 1: +1 -1 replicas, proxy reloads");
    expect(lines.join("\n")).toContain("drained in");
  });

  it("reloads by hand what is there", async () => {
    const proxy = await bench.startProxy();
    await bench.get(proxy);
    const { text, digest } = configuration([await bench.startReplica("webapp-1")]);
    await writeFile(join(bench.directory, "nginx.conf"), text);
    const result = await exec(proxy, ["sh", "/webfarm/reload.sh"], { timeoutSeconds: 30 });
    expect(result.exitCode).toBe(0);
    expect(await bench.replicasSeen(proxy, 5)).toEqual(["webapp-1"]);
    const running = await exec(proxy, ["wget", "-q", "-O", "-", "http://127.0.0.1:8089/digest"], {
      timeoutSeconds: 10,
    });
    expect(running.lines).toEqual([digest]);
  });

  it("reloads by hand what a reload brought that it waited for", async () => {
    const proxy = await bench.startProxy();
    await bench.get(proxy);
    const upstreams = [await bench.startReplica("webapp-1"), await bench.startReplica("webapp-2")];
    expect((await bench.reload(proxy, configuration(upstreams.slice(0, 1)))).exitCode).toBe(0);
    const inside = (command: string) => exec(proxy, ["sh", "-c", command], { timeoutSeconds: 30 });

    // The other reload has the lock, and swaps the list while this one waits.
    await inside("cd /webfarm && mkdir reload.lock && echo 1 > reload.lock/pid");
    const byHand = inside("sh /webfarm/reload.sh");
    const waits = "cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -q 'sleep 0[.]5'";
    await eventually("the wait for the lock", 10, async () =>
      (await inside(waits)).exitCode === 0 ? true : undefined,
    );
    await writeFile(join(bench.directory, "nginx.conf"), configuration(upstreams).text);
    await inside("rm -r /webfarm/reload.lock");
    expect((await byHand).exitCode).toBe(0);
    expect(await bench.replicasSeen(proxy)).toEqual(["webapp-1", "webapp-2"]);
  });

  it("fails the reload hook with nginx's words", async () => {
    const proxy = await bench.startProxy();
    await bench.get(proxy);
    const limits = proxyArgs({ reload: { maxAttempts: 2, delaySeconds: 0.1 } }).reload;
    const input = { proxy: proxy.id, configuration: "", upstreams: { webapp: ["nobody:80"] } };
    await expect(
      reloadProxy(bench.engine.docker, input, undefined, configuration(["nobody:80"]), {
        limits,
        paths,
        log: () => undefined,
      }),
    ).rejects.toThrow(/the old one is in force[\s\S]*host not found in upstream "nobody:80"/);
  });

  it("sends a configuration again that did not arrive whole", async () => {
    const proxy = await bench.startProxy();
    await bench.get(proxy);
    // As a start script does at the wrong moment, once.
    const disturbed = `mkdir /tmp/disturbed 2>/dev/null && exit ${reloadExit.incomplete}; exec sh /webfarm/reload.sh "$@"`;
    await writeFile(join(bench.directory, "disturbed.sh"), disturbed);
    const upstreams = [await bench.startReplica("webapp-1")];
    const input = { proxy: proxy.id, configuration: "", upstreams: { webapp: upstreams } };
    const lines: string[] = [];
    await reloadProxy(bench.engine.docker, input, undefined, configuration(upstreams), {
      limits: proxyArgs().reload,
      paths: { ...paths, versionedReloadScript: "/webfarm/disturbed.sh" },
      log: (line) => lines.push(line),
    });
    expect(lines.join("\n")).toContain("sending the configuration again (2 of 3)");
    expect(await bench.replicasSeen(proxy, 3)).toEqual(["webapp-1"]);
  });

  it("carries 500 upstreams, each with a name of its own", async () => {
    const proxy = await bench.startProxy();
    await bench.get(proxy);
    const names = Array.from({ length: 500 }, (_, index) => `webapp-${index + 1}-abcdefg`);
    await bench.engine.start({
      Image: bench.images.webapp,
      HostConfig: { NetworkMode: bench.network },
      NetworkingConfig: { EndpointsConfig: { [bench.network]: { Aliases: names } } },
    });
    const started = Date.now();
    const result = await bench.reload(proxy, configuration(names.map((name) => `${name}:80`)));
    console.log(`a reload with 500 names took ${((Date.now() - started) / 1000).toFixed(1)} s`);
    expect(result).toMatchObject({ exitCode: 0 });
    expect((await bench.get(proxy)).status).toBe(200);
  });
});

describe("exec", () => {
  it("gives up when the time is over", async () => {
    const proxy = await bench.startProxy();
    await expect(exec(proxy, ["sleep", "30"], { timeoutSeconds: 0.5 })).rejects.toThrow(
      "sleep 30 did not end within 0.5 s",
    );
  });

  it("gives output line by line and the exit code", async () => {
    const proxy = await bench.startProxy();
    const seen: string[] = [];
    const result = await exec(proxy, ["sh", "-c", "echo one; echo two >&2; exit 7"], {
      timeoutSeconds: 10,
      onLine: (line) => seen.push(line),
    });
    expect(result.exitCode).toBe(7);
    expect(seen.sort()).toEqual(["one", "two"]);
  });
});
