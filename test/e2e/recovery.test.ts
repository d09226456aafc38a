import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exec } from "../../sdk/reload/exec";
import { warnings } from "../../sdk/schema/warnings";
import { prepareImages } from "../../toolchain/images";
import { EngineFixture, eventually, freePort, uniqueName } from "../support/engine";
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
    service: { platform: "linux", image: webapp, replicas: 2, ports: [{ container: 80 }] },
    proxy: { build: { baseImage: proxy }, publish, reload: { maxAttempts: 2, delaySeconds: 0.5 } },
  });
  await web.up();
});

afterAll(async () => {
  await fixture.cleanUp();
  await web.remove();
  await fixture.docker.getImage("webfarm/web-proxy:2022").remove();
});

async function container(name: string | undefined): Promise<Docker.Container> {
  const { Id } = await fixture.docker.getContainer(name ?? "").inspect();
  return fixture.docker.getContainer(Id);
}

async function runIn(name: string | undefined, ...command: string[]) {
  return exec(await container(name), command, { timeoutSeconds: 20 });
}

/** Waits until both replicas answer again and says how long it took. */
async function backAfter(what: string, since: number): Promise<void> {
  await eventually(`both replicas after ${what}`, 40, async () =>
    (await replicasSeen(url, 10)).join() === both.join() ? true : undefined,
  );
  console.log(`${what}: both replicas answer after ${((Date.now() - since) / 1000).toFixed(1)} s`);
}

describe("without help", () => {
  it("comes back after a replica crashed, and serves meanwhile", async () => {
    const load = new Load(url, { fresh: 4 });
    const since = Date.now();
    await fetch(`${url}/-/crash`, { method: "POST" }).catch(() => undefined);
    await backAfter("a replica crashed", since);
    const { failures } = await load.stop();
    expect(failures).toEqual({});
  });

  it("comes back after nginx's main process ended", async () => {
    const [proxy] = await web.names("proxy");
    const since = Date.now();
    await runIn(proxy, "kill", "-TERM", "1");
    await backAfter("nginx's main process ended", since);
  });

  it("comes back when everything starts in the worst order", async () => {
    const [proxy] = await web.names("proxy");
    const replicas = await web.names();
    for (const name of [...replicas, proxy]) await (await container(name)).stop({ t: 0 });
    await (await container(proxy)).start();
    await sleep(2000);
    const since = Date.now();
    for (const name of replicas.reverse()) await (await container(name)).start();
    await backAfter("proxy started before its replicas", since);
  });
});

describe("a reload that fails for good", () => {
  it("fails the up with nginx's words, again and again, and never stops the traffic", async () => {
    const load = new Load(url, { fresh: 2 });
    const replicas = await web.names();
    await web.change({
      service: { generation: uniqueName("g") },
      proxy: { extraConfig: { server: "nonsense;" } },
    });
    for (const attempt of [1, 2]) {
      const { exitCode, output } = await web.project.run("up", "--yes", "--skip-preview");
      expect(exitCode, `attempt ${attempt}`).not.toBe(0);
      expect(output).toContain('unknown directive "nonsense"');
      expect(output).toContain("the old one is in force");
      expect(await web.names()).toEqual(expect.arrayContaining(replicas));
    }
    await web.change({ proxy: { extraConfig: {} } });
    await web.up();
    expect(await replicasSeen(url)).toEqual(both);
    expect((await load.stop()).failures).toEqual({});
    expect(await web.names()).toHaveLength(2);
  });
});

describe("a list changed by hand", () => {
  it("is seen by the preview and put right by the next up", async () => {
    const [proxy = ""] = await web.names("proxy");
    const drop = "sed -i '/server web-2-/d' /webfarm/nginx.conf && sh /webfarm/reload.sh";
    expect((await runIn(proxy, "sh", "-c", drop)).exitCode).toBe(0);
    expect(await replicasSeen(url)).toEqual(["web-1"]);

    expect((await web.expect("preview")).output).toContain(warnings.changedByHand(proxy));
    const { output } = await web.up();
    expect(output).toContain(warnings.putRight(proxy));
    expect(await replicasSeen(url)).toEqual(both);
    expect((await web.expect("preview", "--expect-no-changes")).output).not.toContain("by hand");
  });
});

describe("a proxy that was stopped", () => {
  it("is told of by the up, and serves again once it is started", async () => {
    const [proxy = ""] = await web.names("proxy");
    await (await container(proxy)).stop({ t: 0 });
    expect((await web.up()).output).toContain(warnings.proxyStopped(proxy));
    const since = Date.now();
    await (await container(proxy)).start();
    await backAfter("the proxy was stopped", since);
  });
});

describe("two at once", () => {
  it("one up goes through, the other is told of the lock and how to take it away", async () => {
    await web.change({ service: { generation: uniqueName("g") } });
    const first = web.project.start("up", "--yes", "--skip-preview");
    const ended = once(first, "exit");
    await eventually("the first up's lock", 30, () =>
      Promise.resolve(web.project.isLocked() ? true : undefined),
    );
    const second = await web.project.run("up", "--yes", "--skip-preview");
    expect(second.exitCode).not.toBe(0);
    expect(second.output).toMatch(/stack is currently locked[\s\S]*pulumi cancel/);
    expect(await ended).toEqual([0, null]);
    await web.expect("preview", "--expect-no-changes");
  });

  it("an up and reloads by hand wait for each other, and no request is lost", async () => {
    const [proxy] = await web.names("proxy");
    const load = new Load(url, { fresh: 2, restMs: 10 });
    await web.change({ service: { replicas: 3 } });
    const up = web.up();
    let isOver = false;
    void up.finally(() => (isOver = true));
    const exits: number[] = [];
    while (!isOver) exits.push((await runIn(proxy, "sh", "/webfarm/reload.sh")).exitCode);
    await up;
    expect(exits.filter((code) => code !== 0)).toEqual([]);
    expect(await replicasSeen(url)).toEqual(["web-1", "web-2", "web-3"]);
    expect((await load.stop()).failures).toEqual({});
    await web.expect("preview", "--expect-no-changes");
  });
});

describe("an image that is gone between preview and up", () => {
  it("is named; the old generation serves, and the next up with an image that is there goes through", async () => {
    const [sample] = await web.containers();
    const image = sample?.Image ?? "";
    const repo = uniqueName("webfarm-test/gone");
    const gone = `${repo}:1`;
    await fixture.docker.getImage(image).tag({ repo, tag: "1" });
    const change = { image: gone, generation: uniqueName("g") };
    await web.change({ service: change });
    await web.expect("preview");
    await fixture.docker.getImage(gone).remove();
    const { exitCode, output } = await web.project.run("up", "--yes", "--skip-preview");
    expect(exitCode).not.toBe(0);
    expect(output).toContain(gone);
    expect(await replicasSeen(url)).toEqual(["web-1", "web-2", "web-3"]);
    await web.change({ service: { image } });
    await web.up();
    expect(await replicasSeen(url)).toEqual(["web-1", "web-2", "web-3"]);
    await web.change({ service: { replicas: 2 } });
    await web.up();
    expect(await web.names()).toHaveLength(2);
  });
});

describe("an up that was killed", () => {
  it("leaves containers that the next up removes, and only those", async () => {
    await web.change({ service: { replicas: 7 } });
    const up = web.project.start("up", "--yes", "--skip-preview");
    await eventually("a new replica", 60, async () =>
      (await web.containers()).length > 2 ? true : undefined,
    );
    up.kill("SIGKILL");
    await sleep(3000);
    await web.expect("cancel", "--yes");

    // What an engine may finish after the CLI is gone, and what another deployment of the same names has.
    const [sample] = await web.containers();
    const like = async (labels: Record<string, string>) => {
      const copy = await fixture.start({
        Image: sample?.Image ?? "",
        Labels: { ...sample?.Labels, ...labels },
      });
      return (await copy.inspect()).Name.slice(1);
    };
    const orphan = await like({});
    const foreign = await like({ "webfarm.deployment": "somebody else's" });

    await web.change({ service: { replicas: 2, generation: "after-the-kill" } });
    const { output } = await web.up();
    expect(output).toContain(`removed ${orphan}, which an interrupted up had left behind`);
    const names = await web.names();
    expect(names).toHaveLength(3);
    expect(names).toContain(foreign);
    expect(await replicasSeen(url)).toEqual(both);
    await web.expect("preview", "--expect-no-changes");
  });
});

describe("a replaced proxy", () => {
  it("is announced in one line, and a left-over one does not keep the port from it", async () => {
    await web.change({ service: { replicas: 5 } });
    expect((await web.expect("preview")).output).toContain("web 2 -> 5: +3 replicas, proxy reloads");

    const publish = await freePort();
    const [sample] = await web.containers("proxy");
    const orphan = await fixture.start({
      Image: sample?.ImageID ?? "",
      Entrypoint: ["sleep", "600"],
      Labels: sample?.Labels ?? {},
      ExposedPorts: { "80/tcp": {} },
      HostConfig: { PortBindings: { "80/tcp": [{ HostPort: String(publish) }] } },
    });
    const { Name } = await orphan.inspect();
    await web.change({ service: { replicas: 2 }, proxy: { publish } });
    expect((await web.expect("preview")).output).toContain("proxy is replaced: nothing answers while");
    expect((await web.up()).output).toContain(`removed ${Name.slice(1)}`);
    expect(await replicasSeen(`http://localhost:${publish}`)).toEqual(both);
  });
});
