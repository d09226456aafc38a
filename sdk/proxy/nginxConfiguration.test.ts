import { describe, expect, it } from "vitest";
import type { ProxyArgs } from "../args";
import { everything, type ProxyApp, type Route } from "../plan/proxyPlan";
import { linux } from "../platform/linux";
import { windowsProxy } from "../platform/windows";
import { proxySchema } from "../schema/proxy";
import { validate } from "../schema/validate";
import { digestsOf, emptyConfiguration, nginxConfiguration } from "./nginxConfiguration";

const { nginx } = linux.proxy;

function app(name: string, upstreams: string[], routes: Route[] = [everything]): ProxyApp {
  return { name, upstreams, routes, loadBalancing: "roundRobin", keepAliveConnections: 32 };
}

const webapp = app("webapp", ["webapp-1-aaaaaaa:80", "webapp-2-bbbbbbb:80"]);

function configuration(args: Partial<ProxyArgs> = {}, apps = [webapp], traits = nginx) {
  const valid = validate(proxySchema, { image: "nginx:1.28", ...args }, "test");
  return nginxConfiguration({
    apps,
    args: valid,
    nginx: traits,
    ...(valid.tls === undefined ? {} : { tls: { certificate: "C", key: "K", redirect: ":8443" } }),
  });
}

const tls = { certificate: "-----BEGIN CERTIFICATE-----", key: "-----BEGIN PRIVATE KEY-----" };

describe("nginxConfiguration", () => {
  it("gives no zone of nginx for Windows a name that one before it had", () => {
    const zone = (discovery: "replicas" | "resolve", upstreams: string[]) =>
      /zone (\S+)/.exec(
        configuration({ discovery }, [app("webapp", upstreams)], windowsProxy.nginx).text,
      )?.[1];
    expect(zone("replicas", ["a:80"])).toBeUndefined();
    expect(zone("resolve", ["a:80"])).toMatch(/^webapp-[0-9a-f]{64}$/);
    expect(zone("resolve", ["a:80"])).not.toBe(zone("resolve", ["a:8080"]));
  });

  it("lists every replica", async () => {
    await expect(configuration().text).toMatchFileSnapshot("golden/two-replicas.conf");
    await expect(configuration({}, [webapp], windowsProxy.nginx).text).toMatchFileSnapshot(
      "golden/windows.conf",
    );
  });

  it("answers 503 with Retry-After while there is no replica", async () => {
    await expect(configuration({}, [app("webapp", [])]).text).toMatchFileSnapshot("golden/no-replica.conf");
    await expect(emptyConfiguration(nginx)).toMatchFileSnapshot("golden/empty.conf");
    await expect(emptyConfiguration(windowsProxy.nginx)).toMatchFileSnapshot("golden/windows-empty.conf");
  });

  it("is ready for as many tasks of a swarm as a service may have, and for nodes that go without a word", async () => {
    const args = validate(proxySchema, { image: "nginx:1.28" }, "test");
    const plan = { apps: [app("webapp", ["webapp:80"])], args, nginx, swarm: true };
    await expect(nginxConfiguration(plan).text).toMatchFileSnapshot("golden/swarm.conf");
  });

  it("carries every setting", async () => {
    const text = configuration(
      {
        serverName: "shop.example.com",
        timeouts: { connectSeconds: 1, readSeconds: 2, sendSeconds: 3 },
        maxBodySizeMb: 100,
        gzip: false,
        start: { maxAttempts: 7, delaySeconds: 0.5 },
        tls: { ...tls },
        extraConfig: { http: "map $uri $x { default 1; }\n\n", server: "add_header X-Farm shop;" },
      },
      [{ ...webapp, loadBalancing: "leastConnections", keepAliveConnections: 0 }],
    ).text;
    await expect(text).toMatchFileSnapshot("golden/all-settings.conf");
  });

  it("sends each route to its app: exact, then longest path, then the routes of every host", async () => {
    const prefix = (path: string, host?: string): Route => ({
      path,
      exact: false,
      ...(host === undefined ? {} : { host }),
    });
    const apps = [
      app("shop", ["shop-1:80"], [everything]),
      app("api", ["api-1:8080"], [prefix("/api/"), prefix("/", "api.example.com")]),
      app("login", ["login-1:80"], [{ path: "/api", exact: true }, prefix("/api/login")]),
      app("resting", [], [prefix("/reports")]),
    ];
    await expect(configuration({}, apps).text).toMatchFileSnapshot("golden/routes.conf");
  });

  it("asks the network for the service's name where nginx resolves it", async () => {
    const args = validate(proxySchema, { image: "n:1", discovery: "resolve" }, "test");
    const { text } = nginxConfiguration({
      apps: [app("webapp", ["webapp:80"])],
      args,
      nginx,
      resolver: "127.0.0.11",
    });
    await expect(text).toMatchFileSnapshot("golden/resolve.conf");
  });

  it("names itself by its content", () => {
    const { digest, text } = configuration();
    expect(configuration().digest).toBe(digest);
    expect(configuration({ maxBodySizeMb: 1 }).digest).not.toBe(digest);
    expect(configuration({ start: { maxAttempts: 7 } }).digest).not.toBe(digest);
    expect(configuration({}, [app("webapp", ["webapp-1-aaaaaaa:80"])]).digest).not.toBe(digest);
    expect(digestsOf(text)).toEqual({ named: digest, content: digest });
    expect(digestsOf(text.replaceAll("\n", "\r\n"))).toEqual({ named: digest, content: digest });
    expect(digestsOf(text.replace("webapp-1", "webapp-9")).content).not.toBe(digest);
  });

  it("puts certificate and key into files named by their content", () => {
    const { files, text } = configuration({ tls: { ...tls } });
    expect(files.map(({ name }) => name)).toEqual([
      expect.stringMatching(/^tls-[0-9a-f]{16}\.crt$/),
      expect.stringMatching(/^tls-[0-9a-f]{16}\.key$/),
      "nginx.conf",
    ]);
    for (const { name } of files.slice(0, 2)) expect(text).toContain(`/webfarm/${name};`);
  });
});
