import { cp, readdir, readFile, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exec } from "../../sdk/reload/exec";
import { reloadProxy } from "../../sdk/reload/reload";
import { configuration, paths, ProxyBench, proxyArgs } from "../support/proxy";

const upgrade = resolve(__dirname, "../fixtures/upgrade");

/** A proxy with the scripts of an older version of the library, and today's reload. */
let bench: ProxyBench;
let proxy: Docker.Container;

beforeAll(async () => {
  bench = await ProxyBench.create();
  await rm(join(bench.directory, basename(paths.versionedReloadScript)));
  await cp(join(upgrade, "acc26b2"), bench.directory, { recursive: true });
  proxy = await bench.startProxy();
  await bench.get(proxy);
});

afterAll(() => bench.remove());

describe("a proxy that an older version made", () => {
  it("is reloaded by this version's script, which the reload brings along once", async () => {
    const script = join(bench.directory, basename(paths.versionedReloadScript));
    const upstream = await bench.startReplica("webapp-1");
    const input = { proxy: proxy.id, configuration: "", upstreams: { webapp: [upstream] } };
    const options = { limits: proxyArgs().reload, paths, log: () => undefined };
    await reloadProxy(bench.engine.docker, input, undefined, configuration([upstream]), options);
    expect(await bench.replicasSeen(proxy, 5)).toEqual(["webapp-1"]);
    expect(await readFile(script, "utf8")).toBe(paths.scripts.reload);
    expect(await readFile(join(bench.directory, "reload.sh"), "utf8")).not.toBe(paths.scripts.reload);

    // The old start script takes the new configuration up after a restart, and an operator's reload works.
    await proxy.restart({ t: 1 });
    expect(await bench.replicasSeen(proxy, 5)).toEqual(["webapp-1"]);
    expect((await exec(proxy, ["sh", paths.reloadScript], { timeoutSeconds: 30 })).exitCode).toBe(0);
    await reloadProxy(bench.engine.docker, input, undefined, configuration([upstream]), options);
    expect((await readdir(bench.directory)).filter((name) => name.includes(".sh."))).toEqual([]);
  });
});
