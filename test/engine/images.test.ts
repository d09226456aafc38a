import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { prepareImages, type FarmImages } from "../../toolchain/images";
import { contentLabel, packagesLabel, webappReference } from "../../toolchain/images/imageNames";
import { EngineFixture, eventually } from "../support/engine";

const engine = new EngineFixture();
const { docker } = engine;
let images: FarmImages;

beforeAll(async () => {
  images = await prepareImages({ docker, log: () => undefined });
});

afterEach(() => engine.cleanUp());

interface Finished {
  exitCode: number;
  output: string;
}

/** Runs a command in a container of its own, to the end. */
async function runIn(image: string, ...command: string[]): Promise<Finished> {
  const container = await engine.start({ Image: image, Cmd: command, Tty: true });
  const { StatusCode } = (await container.wait()) as { StatusCode: number };
  return { exitCode: StatusCode, output: await engine.logs(container) };
}

/** Starts the web app and waits until it answers; resolves to its container and address. */
async function startWebapp(image: string, ...environment: string[]) {
  const container = await engine.start({ Image: image, Env: environment, Hostname: "webapp" });
  const address = await engine.address(container);
  await eventually("the web app answers", 10, () =>
    fetch(`http://${address}/`).then((answer) => answer.text()),
  );
  return { container, address };
}

describe("prepareImages", () => {
  it("does no work when everything is there", async () => {
    const lines: string[] = [];
    const again = await prepareImages({ docker, log: (line) => lines.push(line) });
    expect(again).toEqual(images);
    expect(lines).toEqual([
      `base images are there: ${images.proxy}, ${images.console}`,
      `${webappReference("1")} is there`,
      `${webappReference("2")} is there`,
    ]);
  });

  it("makes an image again that is gone", async () => {
    await docker.getImage(webappReference("2")).remove({ force: true });
    const lines: string[] = [];
    await prepareImages({ docker, log: (line) => lines.push(line) });
    expect(lines.at(-1)).toBe(`made ${webappReference("2")} on ${images.console}`);
    const { Config } = await docker.getImage(webappReference("2")).inspect();
    expect(Config.Labels[contentLabel]).toMatch(/^[0-9a-f]{16}$/);
  });

  it("refuses a Windows engine", async () => {
    await expect(prepareImages({ docker, log: () => undefined, hostOs: "windows" })).rejects.toThrow(
      "images are made for Linux engines only",
    );
  });
});

describe("the proxy image", () => {
  it("has an nginx that accepts its configuration", async () => {
    const { exitCode, output } = await runIn(images.proxy, "nginx", "-t");
    expect(output).toContain("test is successful");
    expect(exitCode).toBe(0);
  });

  it("serves, logs to the engine and ends in order at its stop signal", async () => {
    const container = await engine.start({ Image: images.proxy });
    const address = await engine.address(container);
    const answer = await eventually("nginx answers", 10, () => fetch(`http://${address}/`));
    expect(answer.headers.get("content-type")).toContain("text/html");
    expect(await answer.text()).toContain("Welcome to nginx");
    expect(await engine.logs(container)).toContain('"GET / HTTP/1.1" 200');
    await container.stop({ t: 5 });
    const { State, Config } = await container.inspect();
    expect(State.ExitCode).toBe(0);
    expect((Config as { StopSignal?: string }).StopSignal).toBe("SIGQUIT");
  });

  it("resolves the names of other containers", async () => {
    const network = await engine.network();
    const HostConfig = { NetworkMode: network };
    await engine.start({ Image: images.webapp, Hostname: "shop", HostConfig });
    const config =
      "daemon off; events {} http { server { listen 80; location / { proxy_pass http://shop; } } }";
    const script = `echo '${config}' > /tmp/nginx.conf && exec nginx -c /tmp/nginx.conf`;
    const proxy = await engine.start({ Image: images.proxy, Cmd: ["sh", "-c", script], HostConfig });
    const address = await engine.address(proxy);
    const text = await eventually("the proxy answers", 10, async () =>
      (await fetch(`http://${address}/`)).text(),
    );
    expect(text).toContain("host shop");
  });
});

describe("the console image", () => {
  const applets =
    "sh wget cat ls sleep mv cp rm mkdir ping nslookup ps kill tail grep sed sha256sum base64 date awk".split(
      " ",
    );

  it("has the usual commands", async () => {
    const { output } = await runIn(
      images.console,
      "sh",
      "-c",
      `for a in ${applets.join(" ")}; do command -v $a; done`,
    );
    expect(
      output
        .trim()
        .split(/\s+/)
        .map((path) => path.replace(/.*\//, "")),
    ).toEqual(applets);
  });

  it("finds localhost and other containers by name", async () => {
    const network = await engine.network();
    const HostConfig = { NetworkMode: network };
    const webapp = await engine.start({ Image: images.webapp, Hostname: "shop", HostConfig });
    await eventually("the web app answers", 10, async () => fetch(`http://${await engine.address(webapp)}/`));
    const script = "ping -c 1 localhost && wget -q -O - http://shop/healthz && nslookup shop";
    const container = await engine.start({ Image: images.console, Cmd: ["sh", "-c", script], HostConfig });
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    const output = await engine.logs(container);
    expect(output).toContain("ok");
    expect(StatusCode).toBe(0);
  });

  it("says which packages it was made from, when it was made here", async () => {
    const { Config } = await docker.getImage(images.console).inspect();
    if (images.console.startsWith("pulumi-webfarm/")) {
      expect(Config.Labels[packagesLabel]).toMatch(/^busybox-static=\S+$/);
    } else {
      expect(images.console).toBe("busybox:1.37.0");
    }
  });
});

describe("the web app", () => {
  it("says who answers", async () => {
    const { address } = await startWebapp(images.webapp, "WEBFARM_REPLICA=webapp-1", "WEBFARM_GENERATION=4");
    const answer = await fetch(`http://${address}/any/path`);
    expect(await answer.text()).toBe(`hello from webapp-1 (generation 4, host webapp, address ${address})\n`);
    expect(answer.headers.get("x-webfarm-replica")).toBe("webapp-1");
    expect(answer.headers.get("x-webfarm-generation")).toBe("4");
    expect(answer.headers.get("x-webfarm-host")).toBe("webapp");
  });

  it("comes in a second version", async () => {
    const { address } = await startWebapp(webappReference("2"));
    expect(await (await fetch(`http://${address}/`)).text()).toContain("version 2");
  });

  it("misbehaves on request", async () => {
    const { address } = await startWebapp(images.webapp);
    const start = Date.now();
    expect((await fetch(`http://${address}/?delay=500ms&status=503`)).status).toBe(503);
    expect(Date.now() - start).toBeGreaterThanOrEqual(500);
    expect((await (await fetch(`http://${address}/?bytes=100000`)).arrayBuffer()).byteLength).toBe(100_000);
    const headers = await fetch(`http://${address}/headers`, { headers: { "X-Forwarded-For": "10.0.0.1" } });
    expect(await headers.json()).toMatchObject({ "X-Forwarded-For": "10.0.0.1" });
  });

  it("is unhealthy when told so", async () => {
    const { address } = await startWebapp(images.webapp, "WEBFARM_UNHEALTHY=1");
    const health = () => fetch(`http://${address}/healthz`).then((answer) => answer.status);
    expect(await health()).toBe(503);
    await fetch(`http://${address}/-/healthy`, { method: "POST" });
    expect(await health()).toBe(200);
  });

  it("crashes with exit code 3", async () => {
    const { container, address } = await startWebapp(images.webapp);
    await fetch(`http://${address}/-/crash`, { method: "POST" }).catch(() => undefined);
    expect(await container.wait()).toMatchObject({ StatusCode: 3 });
  });

  it("finishes the requests under way when it is stopped, and takes no new ones", async () => {
    const { container, address } = await startWebapp(images.webapp);
    const slow = fetch(`http://${address}/?delay=2s`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const stopped = container.stop({ t: 10 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await expect(fetch(`http://${address}/`)).rejects.toThrow();
    expect((await slow).status).toBe(200);
    await stopped;
    expect((await container.inspect()).State.ExitCode).toBe(0);
  });
});
