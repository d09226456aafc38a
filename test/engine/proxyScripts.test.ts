import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type Docker from "dockerode";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { proxyPathsOf } from "../../sdk/components/placement";
import { everything } from "../../sdk/plan/proxyPlan";
import { linux } from "../../sdk/platform/linux";
import { reloadExit } from "../../sdk/proxy/linuxScripts";
import { nginxConfiguration, type Configuration } from "../../sdk/proxy/nginxConfiguration";
import { proxyFiles } from "../../sdk/proxy/proxyFiles";
import { exec } from "../../sdk/reload/exec";
import { reloadProxy, type ReloadInput } from "../../sdk/reload/reload";
import { proxySchema } from "../../sdk/schema/proxy";
import { validate } from "../../sdk/schema/validate";
import { prepareImages } from "../../toolchain/images";
import { EngineFixture, eventually, uniqueName } from "../support/engine";

const engine = new EngineFixture();
const paths = proxyPathsOf(linux, "test");
let images: Awaited<ReturnType<typeof prepareImages>>;
let directory: string;
let network: string;

beforeAll(async () => {
  images = await prepareImages({ docker: engine.docker, log: () => undefined });
});

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "webfarm-proxy-"));
  for (const { file, content } of proxyFiles(paths))
    await writeFile(join(directory, basename(file)), content);
  network = await engine.network();
});

afterEach(async () => {
  await engine.cleanUp();
  await rm(directory, { recursive: true });
});

afterAll(() => engine.cleanUp());

const proxyArgs = (args: object = {}) => validate(proxySchema, { image: "nginx:1", ...args }, "test");

function configuration(upstreams: string[], args: object = {}): Configuration {
  const valid = proxyArgs(args);
  const texts = valid.tls as { certificate: string; key: string } | undefined;
  const app = { name: "webapp", upstreams, routes: [everything], loadBalancing: valid.loadBalancing };
  return nginxConfiguration({
    apps: [{ ...app, keepAliveConnections: valid.keepAliveConnections }],
    args: valid,
    nginx: paths.nginx,
    ...(texts === undefined ? {} : { tls: { ...texts, redirect: "" } }),
    ...(valid.discovery === "resolve" ? { resolver: "127.0.0.11" } : {}),
  });
}

async function startProxy(): Promise<Docker.Container> {
  return engine.start({
    Image: images.proxy,
    Entrypoint: ["sh", "/webfarm/start-nginx.sh"],
    Cmd: [],
    HostConfig: { NetworkMode: network, Binds: [`${directory}:/webfarm`] },
  });
}

/** A replica that serves, as the health gate would have it before any reload. */
async function startReplica(replica: string, name = uniqueName(replica)): Promise<string> {
  const container = await engine.start({
    name,
    Image: images.webapp,
    Env: [`WEBFARM_REPLICA=${replica}`],
    HostConfig: { NetworkMode: network },
  });
  expect((await get(container)).status).toBe(200);
  return `${name}:80`;
}

async function reload(proxy: Docker.Container, { files }: Configuration, attempts = 3, drain = 0) {
  const { input, size } = paths.encode(files);
  const command = ["sh", "/webfarm/reload.sh", size, attempts, 0.2, drain].map(String);
  return exec(proxy, command, { input, timeoutSeconds: 90 });
}

async function get(container: Docker.Container, path = "/"): Promise<Response> {
  const url = `http://${await engine.address(container)}${path}`;
  return eventually(`an answer of ${url}`, 10, () => fetch(url, { signal: AbortSignal.timeout(20_000) }));
}

async function replicasSeen(proxy: Docker.Container, requests = 20): Promise<string[]> {
  const seen = new Set<string>();
  for (let request = 0; request < requests; request++) {
    seen.add((await get(proxy)).headers.get("x-webfarm-replica") ?? "none");
  }
  return [...seen].sort();
}

describe("start-nginx.sh", () => {
  it("starts without upstreams and says so", async () => {
    const proxy = await startProxy();
    const answer = await get(proxy);
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("5");
    expect((await get(proxy, "/_webfarm/health")).status).toBe(200);
  });

  it("keeps its upstreams over a restart, and waits for one that comes back later", async () => {
    const proxy = await startProxy();
    const name = uniqueName("webapp-1");
    await get(proxy);
    const upstream = await startReplica("webapp-1", name);
    expect((await reload(proxy, configuration([upstream]))).exitCode).toBe(0);

    await engine.docker.getContainer(name).stop({ t: 0 });
    await proxy.restart({ t: 1 });
    await eventually("a logged attempt", 10, async () => {
      const log = await engine.logs(proxy);
      return log.includes("attempt 1 of 60") && log.includes(name) ? true : undefined;
    });
    await engine.docker.getContainer(name).start();
    await eventually("webapp-1 behind the proxy", 15, async () =>
      (await get(proxy)).headers.get("x-webfarm-replica") === "webapp-1" ? true : undefined,
    );
  });

  it("gives up after the configured attempts", async () => {
    const args = { start: { maxAttempts: 2, delaySeconds: 0.1 } };
    await writeFile(join(directory, "nginx.conf"), configuration(["nobody:80"], args).text);
    const proxy = await startProxy();
    expect(((await proxy.wait()) as { StatusCode: number }).StatusCode).toBe(1);
    const log = await engine.logs(proxy);
    expect(log).toContain("attempt 2 of 2");
    expect(log).toContain("host not found in upstream");
  });

  it("stops at once while it waits", async () => {
    await writeFile(
      join(directory, "nginx.conf"),
      configuration(["nobody:80"], { start: { delaySeconds: 60 } }).text,
    );
    const proxy = await startProxy();
    await eventually("the first attempt", 10, async () =>
      (await engine.logs(proxy)).includes("attempt 1") ? true : undefined,
    );
    await proxy.stop({ t: 20 });
    expect((await proxy.inspect()).State.ExitCode).toBe(0);
  });
});

describe("reload.sh", () => {
  it("brings every replica into rotation and takes them out again", async () => {
    const proxy = await startProxy();
    await get(proxy);
    const upstreams = [
      await startReplica("webapp-1"),
      await startReplica("webapp-2"),
      await startReplica("webapp-3"),
    ];
    const out = await reload(proxy, configuration(upstreams));
    expect(out).toMatchObject({ exitCode: 0 });
    expect(await replicasSeen(proxy)).toEqual(["webapp-1", "webapp-2", "webapp-3"]);

    expect((await reload(proxy, configuration(upstreams.slice(0, 1)))).exitCode).toBe(0);
    expect(await replicasSeen(proxy)).toEqual(["webapp-1"]);
  });

  it("leaves the old configuration in force when an upstream never resolves, and says what nginx said", async () => {
    const proxy = await startProxy();
    await get(proxy);
    const good = await startReplica("webapp-1");
    await reload(proxy, configuration([good]));
    const result = await reload(proxy, configuration([good, "nobody:80"]));
    expect(result.exitCode).toBe(reloadExit.refused);
    expect(result.lines.filter((line) => line.includes("host not found in upstream"))).toHaveLength(3);
    expect(result.lines.at(-1)).toContain("attempt 3 of 3");
    expect(await replicasSeen(proxy, 5)).toEqual(["webapp-1"]);
  });

  it("refuses a configuration that did not arrive whole", async () => {
    const proxy = await startProxy();
    await get(proxy);
    const result = await exec(proxy, ["sh", "-c", "printf half | sh /webfarm/reload.sh 10 1 1 0"], {
      timeoutSeconds: 20,
    });
    expect(result.exitCode).toBe(reloadExit.incomplete);
    expect(result.lines).toEqual(["webfarm: 4 of 10 bytes of the configuration arrived"]);
  });

  it("does not mix two reloads at once", async () => {
    const proxy = await startProxy();
    await get(proxy);
    const one = await startReplica("webapp-1");
    const two = await startReplica("webapp-2");
    const results = await Promise.all([
      reload(proxy, configuration([one])),
      reload(proxy, configuration([two])),
    ]);
    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(await replicasSeen(proxy)).toHaveLength(1);
  });

  it("removes the lock of a reload that died", async () => {
    const proxy = await startProxy();
    await get(proxy);
    await exec(proxy, ["sh", "-c", "mkdir /webfarm/reload.lock; echo 99999 > /webfarm/reload.lock/pid"], {
      timeoutSeconds: 10,
    });
    const result = await reload(proxy, configuration([await startReplica("webapp-1")]));
    expect(result.exitCode).toBe(0);
    expect(result.lines[0]).toContain("lock of a reload that died");
  });

  it("lets a request under way finish before it reports the replica drained", async () => {
    const proxy = await startProxy();
    await get(proxy);
    const [staying, leaving] = [await startReplica("webapp-1"), await startReplica("webapp-2")];
    const input = (upstreams: string[]): ReloadInput => ({ proxy: proxy.id, configuration: "", upstreams });
    const lines: string[] = [];
    const options = { limits: proxyArgs().reload, paths, log: (line: string) => lines.push(line) };
    await reloadProxy(engine.docker, input([leaving]), undefined, configuration([leaving]), options);

    const slow = get(proxy, "/?delay=3s");
    await new Promise((resolve) => setTimeout(resolve, 500));
    await reloadProxy(engine.docker, input([staying]), input([leaving]), configuration([staying]), options);
    // The reload ended only after the slow request: its answer is there without any further wait.
    const answer = await Promise.race([
      slow,
      new Promise<undefined>((resolve) => setTimeout(resolve, 200, undefined)),
    ]);
    expect(answer?.headers.get("x-webfarm-replica")).toBe("webapp-2");
    expect(lines.join("\n")).toMatch(/joining .*webapp-1.*leaving .*webapp-2/);
    expect(lines.join("\n")).toContain("drained in");
  });

  it("fails the reload hook with nginx's words", async () => {
    const proxy = await startProxy();
    await get(proxy);
    const limits = proxyArgs({ reload: { maxAttempts: 2, delaySeconds: 0.1 } }).reload;
    const input = { proxy: proxy.id, configuration: "", upstreams: ["nobody:80"] };
    await expect(
      reloadProxy(engine.docker, input, undefined, configuration(["nobody:80"]), {
        limits,
        paths,
        log: () => undefined,
      }),
    ).rejects.toThrow(/the old one is in force[\s\S]*host not found in upstream "nobody:80"/);
  });

  it("carries 500 upstreams", async () => {
    const proxy = await startProxy();
    await get(proxy);
    const host = await startReplica("webapp-1");
    const upstreams = Array.from({ length: 500 }, (_, index) => host.replace(":80", `:${1000 + index}`));
    const result = await reload(proxy, configuration(upstreams));
    expect(result).toMatchObject({ exitCode: 0 });
  });
});

describe("exec", () => {
  it("gives up when the time is over", async () => {
    const proxy = await startProxy();
    await expect(exec(proxy, ["sleep", "30"], { timeoutSeconds: 0.5 })).rejects.toThrow(
      "sleep 30 did not end within 0.5 s",
    );
  });

  it("gives output line by line and the exit code", async () => {
    const proxy = await startProxy();
    const seen: string[] = [];
    const result = await exec(proxy, ["sh", "-c", "echo one; echo two >&2; exit 7"], {
      timeoutSeconds: 10,
      onLine: (line) => seen.push(line),
    });
    expect(result.exitCode).toBe(7);
    expect(seen.sort()).toEqual(["one", "two"]);
  });
});
