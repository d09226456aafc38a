import { describe, expect, it } from "vitest";
import { checks, type DoctorFacts } from "./checks";

const windows = (
  more: Partial<DoctorFacts> = {},
  engine: Partial<DoctorFacts["engine"]> = {},
): DoctorFacts => ({
  engine: {
    host: "npipe:////./pipe/docker_engine",
    version: "28.0.1",
    platform: "windows",
    kernel: "10.0 20348 (20348.1.amd64fre.fe_release.210507-1500)",
    architecture: "x86_64",
    isolation: "process",
    ...engine,
  },
  wanted: {},
  nat: { driver: "nat", gateway: "172.30.0.1" },
  images: [],
  proxies: [{ name: "shop-proxy", version: "1.28.2" }],
  ports: [{ port: 80, ours: false }],
  loopback: { port: 80, answers: true },
  ...more,
});

const image = (name: string, osVersion: string, os = "windows") => ({
  name,
  found: { os, architecture: "amd64", osVersion },
});

const bad = (facts: DoctorFacts) =>
  checks(facts)
    .filter(({ verdict }) => verdict !== "ok")
    .map(({ name, verdict, message, hint }) => [name, verdict, `${message} -> ${hint ?? ""}`]);

describe("the doctor", () => {
  it("finds a sound Windows host sound, and says what it looked at", () => {
    const found = checks(windows({ images: [image("webapp:1", "10.0.20348.2113")] }));
    expect(found.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual([
      "engine ok",
      "platform ok",
      "release ok",
      "network ok",
      "loopback ok",
      "names ok",
      "image ok",
      "nginx ok",
      "port ok",
    ]);
    expect(found[2]?.message).toBe("Windows Server 2022");
  });

  it.each<[string, DoctorFacts, RegExp]>([
    [
      "platform",
      windows({ wanted: { platform: "linux" } }),
      /runs windows ones -> pulumi config set platform windows/,
    ],
    [
      "release",
      windows({ wanted: { hostRelease: "2019" } }),
      /the host is 2022 -> pulumi config set hostRelease 2022/,
    ],
    [
      "network",
      windows({ nat: { driver: "transparent", gateway: "" } }),
      /the driver transparent -> remove it/,
    ],
    [
      "loopback",
      windows({ loopback: { port: 80, answers: false } }),
      /localhost:80.*does not answer -> restart/,
    ],
    ["names", windows({}, { version: "25.0.3" }), /issue 47370.* -> upgrade Docker to 25\.0\.4/],
    [
      "image",
      windows({ images: [image("app:2025", "10.0.26100.1")] }),
      /0xc0370101 -> choose its variant for 2022/,
    ],
    [
      "image",
      windows({ images: [image("app:2019", "10.0.17763.1")] }),
      /needs Hyper-V isolation on 2022 -> /,
    ],
    ["image", windows({ images: [image("app:1", "", "linux")] }), /is for linux, the engine runs windows/],
    [
      "nginx",
      windows({ proxies: [{ name: "shop-proxy" }] }),
      /does not say its version -> .*logs --app proxy/,
    ],
    [
      "port",
      windows({ ports: [{ port: 80, holder: "the container iis", ours: false }] }),
      /80 is taken by .*iis -> /,
    ],
  ])("finds a problem with the %s, and says what to do", (name, facts, text) => {
    expect(bad(facts)).toEqual([[name, "problem", expect.stringMatching(text) as string]]);
  });

  it("names a missing nat network, and knows a host of 2016", () => {
    const without = windows();
    delete without.nat;
    expect(bad(without)).toEqual([
      ["network", "problem", expect.stringContaining("restart the docker service") as string],
    ]);
    const old = windows({}, { kernel: "10.0 14393 (14393.2396.amd64fre.rs1_release_inmarket.180717-1715)" });
    expect(bad(old)).toEqual([["loopback", "warning", expect.stringContaining("localUrl") as string]]);
    expect(bad(windows({}, { kernel: "10.0 25398 (25398.1.amd64fre)" }))[0]?.[2]).toContain(
      "none of Windows Server 2016",
    );
  });

  it("takes images of older releases where the engine isolates by Hyper-V, and a port that a farm has", () => {
    const images = [image("app:ltsc2019", "")];
    expect(bad(windows({ images }, { isolation: "hyperv" }))).toEqual([]);
    expect(bad(windows({ ports: [{ port: 80, holder: "the container shop-proxy", ours: true }] }))).toEqual(
      [],
    );
    expect(bad(windows({ images: [{ name: "app:1" }] }))).toMatchObject([
      ["image", "warning", expect.stringContaining("docker pull") as string],
    ]);
  });

  it("asks no release, nat or isolation of a Linux engine", () => {
    const linux = windows({}, { platform: "linux", kernel: "6.1.0", version: "25.0.3", isolation: "" });
    expect(checks(linux).map(({ name }) => name)).toEqual([
      "engine",
      "platform",
      "loopback",
      "names",
      "nginx",
      "port",
    ]);
    expect(bad(linux)).toEqual([]);
  });

  it("says nothing of swarms where there is none, and judges one that is", () => {
    expect(checks(windows()).some(({ name }) => name === "swarm")).toBe(false);
    const finding = {
      rule: "manager",
      verdict: "problem",
      message: "a worker",
      hint: "ask a manager",
    } as const;
    const swarmOf = (asked: boolean) =>
      bad(windows({ swarm: { asked, findings: [finding] } })).filter(([name]) => name === "swarm");
    expect(swarmOf(true)).toEqual([["swarm", "problem", "a worker -> ask a manager"]]);
    expect(swarmOf(false)).toEqual([["swarm", "warning", "a worker -> ask a manager"]]);
  });

  it("takes a manager of another platform, and images that are not on it, where a farm is to be on a swarm", () => {
    const more = { wanted: { platform: "linux" }, images: [{ name: "webapp:1" }] };
    const swarm = { asked: true, findings: [] };
    expect(bad(windows({ ...more, swarm }))).toEqual([]);
    expect(bad(windows(more)).map(([name]) => name)).toEqual(["platform", "image"]);
  });
});
