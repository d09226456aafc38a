import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, type NetworkInterfaceInfo } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connectOptions, withCertificates } from "../reload/endpoint";
import { consoleCommand } from "./consoleCommand";
import { compareUpstreams } from "./proxyPlan";
import { hostAddress, webUrl } from "./urls";

describe("compareUpstreams", () => {
  it("tells who joins and who leaves", () => {
    expect(compareUpstreams(["a:80", "b:80"], ["b:80", "c:80"])).toEqual({
      joining: ["c:80"],
      leaving: ["a:80"],
    });
  });
});

describe("webUrl", () => {
  it("leaves the usual port out", () => {
    expect([webUrl(false, "shop", 80), webUrl(false, "shop", 8080)]).toEqual([
      "http://shop",
      "http://shop:8080",
    ]);
    expect([webUrl(true, "shop", 443), webUrl(true, "shop", 80)]).toEqual([
      "https://shop",
      "https://shop:80",
    ]);
  });
});

describe("hostAddress", () => {
  const outside = { address: "10.1.2.3", family: "IPv4", internal: false } as NetworkInterfaceInfo;
  const bridge = { address: "172.17.0.1", family: "IPv4", internal: false } as NetworkInterfaceInfo;
  const loopback = { address: "127.0.0.1", family: "IPv4", internal: true } as NetworkInterfaceInfo;

  it("is the engine's own when it is elsewhere", () => {
    expect(hostAddress("tcp://farm01:2376", { eth0: [outside] })).toBe("farm01");
    expect(hostAddress("ssh://ops@farm01", { eth0: [outside] })).toBe("farm01");
  });

  it("is this machine's outside address, not a bridge of the engine", () => {
    const here = "unix:///var/run/docker.sock";
    expect(hostAddress(here, { lo: [loopback], docker0: [bridge], eth0: [outside] })).toBe("10.1.2.3");
    expect(hostAddress(here, { lo: [loopback], "br-12": [bridge] })).toBe("localhost");
    expect(hostAddress("tcp://127.0.0.1:2375", { eth0: [outside] })).toBe("10.1.2.3");
  });
});

describe("consoleCommand", () => {
  it("names the engine only when it is not the usual one", () => {
    for (const usual of ["", "unix:///var/run/docker.sock", "npipe:////./pipe/docker_engine"]) {
      expect(consoleCommand("shop-console-1", "cmd", usual)).toBe("docker exec -it shop-console-1 cmd");
    }
    expect(consoleCommand("shop-console-1", "sh", "tcp://farm01:2375")).toBe(
      "docker --host tcp://farm01:2375 exec -it shop-console-1 sh",
    );
  });

  it("quotes an engine's address that a shell would read", () => {
    expect(consoleCommand("c", "sh", "unix:///tmp/$(id)/a b'.sock")).toBe(
      "docker --host 'unix:///tmp/$(id)/a b'\\''.sock' exec -it c sh",
    );
  });
});

describe("connectOptions", () => {
  it.each<[string, object]>([
    ["unix:///var/run/docker.sock", { socketPath: "/var/run/docker.sock" }],
    ["npipe:////./pipe/docker_engine", { socketPath: "//./pipe/docker_engine" }],
    ["tcp://farm01", { protocol: "http", host: "farm01", port: 2375 }],
    ["tcp://farm01:9999", { protocol: "http", host: "farm01", port: 9999 }],
    ["https://farm01", { protocol: "https", host: "farm01", port: 2376 }],
    ["ssh://ops@farm01", { protocol: "ssh", host: "farm01", port: 22, username: "ops" }],
  ])("reaches %s", (host, expected) => {
    expect(connectOptions({ host })).toEqual(expected);
  });

  it("speaks TLS where there is a certificate", () => {
    expect(connectOptions({ host: "tcp://farm01", ca: "A", cert: "C", key: "K" })).toEqual({
      protocol: "https",
      host: "farm01",
      port: 2376,
      ca: "A",
      cert: "C",
      key: "K",
    });
  });

  it("speaks TLS with the certificates of a folder too", () => {
    const certPath = mkdtempSync(join(tmpdir(), "webfarm-certificates-"));
    for (const name of ["ca", "cert", "key"]) writeFileSync(join(certPath, `${name}.pem`), name);
    const options = connectOptions(withCertificates({ host: "tcp://farm01", certPath }));
    rmSync(certPath, { recursive: true });
    expect(options).toEqual({
      protocol: "https",
      host: "farm01",
      port: 2376,
      ca: "ca",
      cert: "cert",
      key: "key",
    });
  });

  it("refuses what is no engine's address", () => {
    expect(() => connectOptions({ host: "farm01" })).toThrow("farm01 is no address of a Docker engine");
  });
});
