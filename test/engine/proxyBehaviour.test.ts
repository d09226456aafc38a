import { once } from "node:events";
import { readdir } from "node:fs/promises";
import * as http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exec } from "../../sdk/reload/exec";
import { reloadProxy } from "../../sdk/reload/reload";
import { configuration, paths, ProxyBench } from "../support/proxy";
import { eventually } from "../support/engine";
import { tlsFixture } from "../support/scaleSet";

/** What clients and replicas see of the proxy; one proxy, reloaded for each test. */
let bench: ProxyBench;
let proxy: Docker.Container;
let upstreams: string[];

beforeAll(async () => {
  bench = await ProxyBench.create();
  proxy = await bench.startProxy();
  upstreams = [await bench.startReplica("webapp-1"), await bench.startReplica("webapp-2")];
});

afterAll(() => bench.remove());

async function reload(to: string[], args: object = {}): Promise<void> {
  const { exitCode, lines } = await bench.reload(proxy, configuration(to, args));
  expect([exitCode, exitCode === 0 ? [] : lines]).toEqual([0, []]);
}

async function certificateName(): Promise<string> {
  const host = await bench.engine.address(proxy);
  const socket = connectTls({ host, port: 443, rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return String(CN);
}

const tls = (name: string) => ({
  tls: { certificate: tlsFixture(`${name}.crt`), key: tlsFixture(`${name}.key`) },
});

describe("the proxy", () => {
  it("speaks TLS, sends plain HTTP there, and takes a renewed certificate by a reload", async () => {
    await reload(upstreams, tls("first"));
    expect(await certificateName()).toBe("first.webfarm.example");
    const plain = await bench.get(proxy, "/a?b=c");
    expect(plain.status).toBe(308);
    expect(plain.headers.get("location")).toMatch(/^https:\/\/[^/]+:8443\/a\?b=c$/);
    expect((await bench.get(proxy, "/_webfarm/health")).status).toBe(200);

    await reload(upstreams, tls("renewed"));
    expect(await certificateName()).toBe("renewed.webfarm.example");
    const files = (await readdir(bench.directory)).filter((name) => name.startsWith("tls-"));
    expect(files).toHaveLength(2);
    await reload(upstreams);
    expect((await readdir(bench.directory)).filter((name) => name.startsWith("tls-"))).toEqual([]);
  });

  it("keeps the old certificate when key and certificate do not belong together", async () => {
    await reload(upstreams, tls("first"));
    const mixed = { certificate: tlsFixture("first.crt"), key: tlsFixture("renewed.key") };
    const { exitCode, lines } = await bench.reload(proxy, configuration(upstreams, { tls: mixed }), 1);
    expect(exitCode).toBe(3);
    expect(lines.join("\n")).toContain("key values mismatch");
    expect(lines.join("\n")).not.toContain("PRIVATE KEY");
    expect(await certificateName()).toBe("first.webfarm.example");
  });

  it("tells the app who asked and how", async () => {
    await reload(upstreams);
    const answer = await bench.get(proxy, "/headers", {
      headers: { "x-forwarded-for": "203.0.113.9" },
    });
    const seen = (await answer.json()) as Record<string, string>;
    const host = await bench.engine.address(proxy);
    expect(seen.Host).toBe(host);
    expect(seen["X-Forwarded-Host"]).toBe(host);
    expect(seen["X-Forwarded-Proto"]).toBe("http");
    expect(seen["X-Forwarded-For"]).toBe(`203.0.113.9, ${seen["X-Real-Ip"] ?? ""}`);
  });

  it("compresses text for those who accept it, unless told not to", async () => {
    const encoding = async () => {
      const answer = await bench.get(proxy, "/?bytes=5000", { headers: { "accept-encoding": "gzip" } });
      expect(await answer.text()).toHaveLength(5000);
      return answer.headers.get("content-encoding");
    };
    await reload(upstreams);
    expect(await encoding()).toBe("gzip");
    await reload(upstreams, { gzip: false });
    expect(await encoding()).toBeNull();
  });

  it("repeats only what is safe to repeat on another replica", async () => {
    const [one] = upstreams;
    const hanging = await bench.startReplica("hanging");
    const container = bench.engine.docker.getContainer(hanging.replace(":80", ""));
    await bench.get(container, "/-/hang", { method: "POST" });
    const statuses = async (method: string, readSeconds: number) => {
      // A new configuration: nginx has forgotten who did not answer.
      await reload([one ?? "", hanging], { timeouts: { readSeconds } });
      const answers = await Promise.all([1, 2].map(() => bench.get(proxy, "/", { method })));
      return answers.map(({ status }) => status).sort();
    };
    // webapp-1 answers POST as it answers GET; what matters is who is asked twice.
    expect(await statuses("POST", 1)).toEqual([200, 504]);
    expect(await statuses("GET", 2)).toEqual([200, 200]);
  });

  it("lets a websocket through", async () => {
    const server = http.createServer();
    server.on("upgrade", (_, socket) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n");
      socket.pipe(socket);
    });
    server.listen(0, "0.0.0.0");
    await once(server, "listening");
    const { IPAM } = (await bench.engine.docker.getNetwork(bench.network).inspect()) as {
      IPAM: { Config: { Gateway: string }[] };
    };
    const gateway = IPAM.Config[0]?.Gateway ?? "";
    await reload([`${gateway}:${(server.address() as AddressInfo).port}`]);
    const request = http.request({
      host: await bench.engine.address(proxy),
      headers: { connection: "Upgrade", upgrade: "echo" },
      timeout: 10_000,
    });
    request.end();
    const [, socket] = (await once(request, "upgrade")) as [unknown, Socket];
    socket.write("hello");
    const [echo] = (await once(socket, "data")) as [Buffer];
    expect(echo.toString()).toBe("hello");
    socket.destroy();
    server.close();
    server.closeAllConnections();
  });

  it("shows its status inside the container only", async () => {
    await reload(upstreams);
    const inside = await exec(proxy, ["wget", "-q", "-O", "-", "http://127.0.0.1:8089/status"], {
      timeoutSeconds: 10,
    });
    expect(inside.lines[0]).toMatch(/^Active connections: \d+/);
  });

  it("names the replica in its log", async () => {
    await reload(upstreams.slice(0, 1));
    await bench.get(proxy, "/?for-the-log");
    const line = await eventually("the log line", 10, async () =>
      (await bench.engine.logs(proxy)).split("\n").find((line) => line.includes("for-the-log")),
    );
    expect(line).toMatch(/" 200 \d+ upstream=[\d.]+:80 upstream_status=200 time=[\d.]+/);
  });

  it("refuses the discovery that it is too old for, and says from which version it works", async () => {
    const reloading = reloadProxy(
      bench.engine.docker,
      { proxy: proxy.id, configuration: "", upstreams: { webapp: ["webapp:80"] } },
      undefined,
      configuration(["webapp:80"], { discovery: "resolve" }),
      { limits: { maxAttempts: 1, delaySeconds: 0.1, drainSeconds: 0 }, paths, log: () => undefined },
    );
    await expect(reloading).rejects.toThrow(
      /the old one is in force[\s\S]*needs nginx 1\.27\.3 or later[\s\S]*invalid parameter "resolve"/,
    );
  });
});
