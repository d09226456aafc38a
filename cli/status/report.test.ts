import { describe, expect, it } from "vitest";
import { containerOf, isStack, type FarmContainer } from "../engine/farmContainers";
import { factsOf, nginxFacts } from "../engine/proxyFacts";
import { plain } from "../io";
import { statusText } from "./print";
import { statusReport } from "./report";
import { configuration } from "../../test/support/proxy";

const engine = { host: "unix:///engine.sock", version: "20.10.24", platform: "linux" };

function container(replica: string, more: Partial<FarmContainer> = {}): FarmContainer {
  const service = replica.replace(/-\d+$/, "");
  return {
    id: replica,
    name: `shop-${replica}`,
    stack: "shop/dev",
    farm: "shop",
    service,
    replica,
    generation: "1",
    image: `${service}:1`,
    state: "running",
    health: "healthy",
    since: "Up 3 minutes",
    created: 0,
    deployment: "",
    address: "172.19.0.2",
    ports: service === "proxy" ? [{ container: 80, host: 8080, protocol: "tcp" }] : [],
    ...more,
  };
}

/** A proxy that was told of these upstreams, and runs these. */
function proxies(listed: string[], running = listed) {
  return new Map([["shop-proxy", factsOf(configuration(listed).text, configuration(running).text)]]);
}

const findings = (containers: FarmContainer[], facts = proxies([])) =>
  statusReport(engine, containers, facts).farms.flatMap(({ findings }) => findings);

describe("the report of a farm", () => {
  const upstreams = ["shop-webapp-1:80", "shop-webapp-2:80"];
  const healthy = [container("proxy"), container("webapp-1"), container("webapp-2")];

  it("finds nothing when every replica is healthy and in rotation", () => {
    const report = statusReport(engine, healthy, proxies(upstreams));
    expect(report.ok).toBe(true);
    expect(statusText(report, plain)).toEqual([
      "shop (stack shop/dev): all is well",
      "  proxy: 1 of 1 healthy, port 8080 -> 80",
      "    proxy     healthy               shop-proxy     172.19.0.2  proxy:1   generation 1  Up 3 minutes",
      "  webapp: 2 of 2 healthy, 2 in rotation",
      "    webapp-1  healthy  in rotation  shop-webapp-1  172.19.0.2  webapp:1  generation 1  Up 3 minutes",
      "    webapp-2  healthy  in rotation  shop-webapp-2  172.19.0.2  webapp:1  generation 1  Up 3 minutes",
    ]);
  });

  it.each([
    ["notRunning", container("webapp-2", { state: "exited", since: "Exited (3) 1 minute ago" }), upstreams],
    ["paused", container("webapp-2", { state: "paused", since: "Up 3 minutes" }), upstreams],
    ["unhealthy", container("webapp-2", { health: "unhealthy" }), upstreams],
    ["notInRotation", container("webapp-2"), ["shop-webapp-1:80"]],
  ])("finds a replica that is %s, and says what to do", (code, replica, listed) => {
    const found = findings([container("proxy"), container("webapp-1"), replica], proxies(listed));
    expect(found).toMatchObject([{ code, problem: true }]);
    expect(found[0]?.message).toContain("webapp-2 (shop-webapp-2)");
    expect(found[0]?.hint).not.toBe("");
  });

  it("finds what the proxy names and nginx does not run, and what is not there at all", () => {
    const listed = [...upstreams, "shop-webapp-3:80"];
    expect(findings(healthy, proxies(listed, ["shop-webapp-1:80"])).map(({ code }) => code)).toEqual([
      "unresolved",
      "gone",
    ]);
  });

  it("finds one replica twice, a changed nginx.conf and a proxy without one", () => {
    const twice = [...healthy, container("webapp-2", { name: "shop-webapp-2b", health: "starting" })];
    expect(findings(twice, proxies(upstreams)).map(({ code, problem }) => [code, problem])).toEqual([
      ["starting", false],
      ["twice", true],
    ]);
    const { text } = configuration(upstreams);
    const changed = new Map([["shop-proxy", factsOf(text.replace("gzip on;", ""), text)]]);
    expect(findings(healthy, changed).map(({ code }) => code)).toEqual(["changedByHand"]);
    expect(findings(healthy, new Map()).map(({ code }) => code)).toEqual(["noProxy"]);
  });

  it("finds an nginx that runs another configuration than the one in the proxy, and shows its counters", () => {
    const { text, digest } = configuration(upstreams);
    const said = (running: string) =>
      nginxFacts(
        `${running}\nActive connections: 3 \nserver accepts handled requests\n 7 7 41 \nReading: 0 Writing: 1 Waiting: 2 \n`,
      );
    const report = (running: string) =>
      statusReport(engine, healthy, new Map([["shop-proxy", factsOf(text, text, said(running))]]));
    expect(report("0".repeat(64)).farms[0]?.findings.map(({ code }) => code)).toEqual(["oldConfiguration"]);
    expect(report(digest).farms[0]).toMatchObject({
      findings: [],
      proxy: {
        container: "shop-proxy",
        configuration: digest,
        running: digest,
        counters: { requests: 41, active: 3, writing: 1, waiting: 2 },
      },
    });
    expect(nginxFacts("")).toBeUndefined();
    expect(nginxFacts(`${digest}\r\n`)).toEqual({ running: digest });
  });

  it("asks no rotation of apps found by name, nor of services without a proxy", () => {
    const byName = configuration(["webapp:80"], { discovery: "resolve" }).text;
    const facts = new Map([["shop-proxy", factsOf(byName, byName)]]);
    expect(findings(healthy, facts)).toEqual([]);
    expect(statusText(statusReport(engine, healthy, facts), plain)[3]).toBe(
      "  webapp: 2 of 2 healthy, found by name",
    );
    expect(findings([container("mail-1")], new Map())).toEqual([]);
  });

  it("keeps farms of one name apart by their stacks", () => {
    const other = container("webapp-1", { stack: "shop/prod", health: "unhealthy" });
    const report = statusReport(engine, [container("webapp-1"), other], new Map());
    expect(report.farms.map(({ stack, findings }) => [stack, findings.length])).toEqual([
      ["shop/dev", 0],
      ["shop/prod", 1],
    ]);
    expect(isStack("shop/dev", "dev")).toBe(true);
    expect(isStack("shop/dev", "news/dev")).toBe(false);
  });
});

describe("a container of the engine's list", () => {
  it.each([
    ["Up 3 minutes (healthy)", "healthy", "Up 3 minutes"],
    ["Up 1 second (health: starting)", "starting", "Up 1 second"],
    ["Up 2 hours (unhealthy)", "unhealthy", "Up 2 hours"],
    ["Up 2 hours", "unchecked", "Up 2 hours"],
    ["Exited (137) 2 days ago", "unchecked", "Exited (137) 2 days ago"],
  ])("%s", (Status, health, since) => {
    const port = { IP: "0.0.0.0", PrivatePort: 80, PublicPort: 8080, Type: "tcp" };
    const info = {
      Id: "1",
      Names: ["/shop-webapp-1"],
      Labels: { "webfarm.farm": "shop", "webfarm.replica": "webapp-1" },
      Ports: [port, { ...port, IP: "::" }, { IP: "", PrivatePort: 81, Type: "tcp" }],
      NetworkSettings: { Networks: { nat: { IPAddress: "172.19.0.2" } } },
      Status,
    };
    expect(containerOf(info as never)).toMatchObject({
      name: "shop-webapp-1",
      replica: "webapp-1",
      health,
      since,
      address: "172.19.0.2",
      ports: [{ container: 80, host: 8080, protocol: "tcp" }],
    });
  });
});
