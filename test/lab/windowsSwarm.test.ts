import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type Docker from "dockerode";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { windowsProxy } from "../../sdk/platform/windows";
import { swarmStart } from "../../sdk/proxy/swarmStart";
import { exec } from "../../sdk/reload/exec";
import { eventually } from "../support/engine";
import { configuration } from "../support/proxy";
import { WindowsBench } from "./windowsBench";

const alias = "webapp";
let bench: WindowsBench;

beforeEach(async () => {
  bench = await WindowsBench.create();
});

afterEach(() => bench.remove());

/** A task of the service, as far as the network's name server shows it: its name is that of all. */
async function startTask(replica: string): Promise<Docker.Container> {
  const task = await bench.engine.start({
    Image: bench.images.webapp,
    Env: [`WEBFARM_REPLICA=${replica}`],
    HostConfig: { NetworkMode: bench.network },
    NetworkingConfig: { EndpointsConfig: { [bench.network]: { Aliases: [alias] } } },
  });
  await bench.get(task);
  return task;
}

async function startProxy(text: string): Promise<Docker.Container> {
  const { script, path, interpreter } = swarmStart.windows;
  await writeFile(join(bench.directory, "start-swarm.cmd"), script);
  await writeFile(join(bench.directory, "nginx.conf"), text);
  return bench.startCell([...interpreter, path], { negativeSeconds: 600, capabilities: ["NET_ADMIN"] });
}

const swarmConfiguration = (args: object = {}) =>
  configuration([`${alias}:80`], args, windowsProxy.nginx, true).text;

const running = () => readFile(join(bench.directory, "running.conf"), "utf8");

/** Waits until the proxy asks these, and no others. */
async function serving(proxy: Docker.Container, replicas: string[]): Promise<void> {
  await eventually(`${replicas.join()} behind the proxy`, 40, async () => {
    const seen = await bench.replicasSeen(proxy, 3 * replicas.length);
    return seen.join() === replicas.join() ? true : undefined;
  });
}

describe("start-swarm.cmd", () => {
  it("follows the tasks from none to many and back, past the DNS client's cache", async () => {
    const proxy = await startProxy(swarmConfiguration());
    const answer = await bench.get(proxy);
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("5");

    const one = await startTask("webapp-1");
    await serving(proxy, ["webapp-1"]);
    const address = await bench.engine.address(one);
    expect(await running()).toContain(`server ${address}:80;`);

    await startTask("webapp-2");
    await startTask("webapp-3");
    await serving(proxy, ["webapp-1", "webapp-2", "webapp-3"]);

    await one.stop({ t: 0 });
    await serving(proxy, ["webapp-2", "webapp-3"]);
    expect(await running()).not.toContain(`server ${address}:80;`);
    const log = await bench.engine.logs(proxy);
    expect(log).toContain("configuration accepted, nginx starts with 0 tasks");
    expect(log).toContain(`nginx reloads with 1 tasks; joined: webapp ${address}; left: none`);
    expect(log).toContain(`nginx reloads with 2 tasks; joined: none; left: webapp ${address}`);
  });

  it("keeps the tasks that it knows while no name server answers", async () => {
    await startTask("webapp-1");
    const two = await startTask("webapp-2");
    const proxy = await startProxy(swarmConfiguration());
    await serving(proxy, ["webapp-1", "webapp-2"]);
    const before = await running();
    const unreachable = ["unreachable", "127.0.0.11/32", "table", "local"];
    const route = (verb: string) =>
      exec(proxy, ["/bin/ip", "route", verb, ...unreachable], { timeoutSeconds: 20 });
    expect((await route("add")).exitCode).toBe(0);
    await eventually("a look that nobody answered", 20, async () =>
      (await readFile(join(bench.directory, "answers.txt"), "utf8")).includes("No response from server")
        ? true
        : undefined,
    );
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(await running()).toBe(before);
    expect(await bench.replicasSeen(proxy, 6)).toEqual(["webapp-1", "webapp-2"]);
    await route("del");
    await two.stop({ t: 0 });
    await serving(proxy, ["webapp-1"]);
  });

  it("changes nothing else of the configuration", async () => {
    await startTask("webapp-1");
    const text = swarmConfiguration({
      extraConfig: {
        http: 'map $uri $word { default "100% !off! & <on> | ^x"; }\nupstream other { server 10.1.2.3:81 weight=2; }',
      },
    });
    const proxy = await startProxy(text);
    await serving(proxy, ["webapp-1"]);
    const lines = (of: string) =>
      of
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter((line) => line !== "");
    const without = (all: string[], some: string[]) => all.filter((line) => !some.includes(line));
    const [before, after] = [lines(text), lines(await running())];
    expect(without(before, after)).toEqual(["server webapp:80;"]);
    expect(without(after, before)).toEqual([
      "listen 127.0.0.1:8088;",
      "location / { add_header Retry-After 5 always; return 503; }",
      expect.stringMatching(/^server [0-9.]+:80;$/),
    ]);
  });

  it("ends when nginx refuses the configuration, and says why", async () => {
    const proxy = await startProxy(swarmConfiguration().replace("http {", "http {\nnonsense;"));
    const ended = (await proxy.wait()) as { StatusCode: number };
    expect(ended.StatusCode).toBe(1);
    const log = await bench.engine.logs(proxy);
    expect(log).toMatch(/webfarm: attempt 1 of 60: .*unknown directive "nonsense"/);
  });
});
