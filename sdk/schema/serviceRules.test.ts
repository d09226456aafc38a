import { describe, expect, it } from "vitest";
import type { HostRelease } from "../args";
import { traitsOf } from "../platform/platform";
import { nameIssues, serviceIssues } from "./serviceRules";
import { serviceWarnings } from "./serviceWarnings";

const windows = (service: unknown, release: HostRelease = "2022") =>
  serviceIssues(service, { traits: traitsOf("windows"), release });
const linux = (service: unknown) => serviceIssues(service, { traits: traitsOf("linux"), release: "2022" });
const mount = (hostPath: string, containerPath: string) => ({ volumes: [{ hostPath, containerPath }] });

describe("mounts on Windows", () => {
  it.each([
    ["c:\\containers\\data", "c:\\inetpub\\wwwroot\\app_data"],
    ["D:/data", "d:\\"],
    ["c:\\", "c:\\data"],
  ])("takes %s at %s", (hostPath, containerPath) => {
    expect(windows(mount(hostPath, containerPath))).toEqual([]);
  });

  it.each([
    ["a relative path", "data", "mount path must be absolute"],
    ["a path without drive", "\\data", "mount path must be absolute"],
    ["a Linux path", "/data", "mount path must be absolute"],
    ["the system drive", "c:\\", "the container's own system drive"],
    ["the system drive, written otherwise", "C://", "the container's own system drive"],
    ["a device's name", "c:\\data\\NUL", "keeps for devices"],
    ["a device's name with an ending", "c:\\com1.txt", "keeps for devices"],
    ["a wildcard", "c:\\data*", "names on Windows hold none of"],
    ["a pipe", "\\\\.\\pipe\\docker_engine", "is a pipe or a network share"],
    ["a file", "c:\\app\\web.config", "source path must be a directory"],
    ["a share", "\\\\server\\share", "is a pipe or a network share"],
  ])("refuses %s in the container", (_, path, words) => {
    const issues = windows(mount("c:\\data", path));
    expect(issues).toHaveLength(1);
    expect(issues[0]).toMatchObject({ path: "volumes[0].containerPath", code: "refusedOnWindows" });
    expect(issues[0]?.message).toContain(words);
  });
});

describe("fixed host ports", () => {
  const ports = (...list: object[]) => ({ image: "a:1", rollout: "stopFirst", ports: list });
  const codes = (service: object) => linux(service).map(({ path, code }) => [path, code]);

  it("are taken one to a replica, and only where no two generations stand side by side", () => {
    expect(codes(ports({ container: 80, host: 8080 }))).toEqual([]);
    expect(codes({ ...ports({ container: 80, hostRange: { from: 8080, to: 8084 } }), replicas: 5 })).toEqual(
      [],
    );
    expect(linux({ ...ports({ container: 80, host: 8080 }), rollout: "startFirst" })).toEqual([
      {
        path: "ports[0].host",
        code: "conflict",
        message: 'host cannot be held by two generations at once, which rollout "startFirst" needs',
        hint: 'set rollout: "stopFirst", or leave host out: the engine chooses an ephemeral port, and a proxy publishes the fixed one',
      },
    ]);
    expect(linux({ ...ports({ container: 80, host: 8080 }), replicas: 3 })).toEqual([
      {
        path: "ports[0].host",
        code: "conflict",
        message: "host port 8080 cannot be held by 3 replicas at once",
        hint: "give one port a replica, hostRange: { from: 8080, to: 8082 }, or set replicas: 1",
      },
    ]);
    expect(
      linux({ ...ports({ container: 80, hostRange: { from: 8080, to: 8081 } }), replicas: 3 }),
    ).toMatchObject([
      { path: "ports[0].hostRange", code: "outOfRange", message: "holds 2 ports for 3 replicas" },
    ]);
  });

  it("are told when two ports of the service want the same one", () => {
    expect(codes(ports({ container: 80, host: 8080 }, { container: 81, host: 8080 }))).toEqual([
      ["ports[1].host", "conflict"],
    ]);
    expect(
      codes(ports({ container: 80, host: 8080 }, { container: 81, hostRange: { from: 8079, to: 8081 } })),
    ).toEqual([["ports[1].hostRange", "conflict"]]);
    expect(
      codes(ports({ container: 80, host: 8080 }, { container: 80, host: 8080, protocol: "udp" })),
    ).toEqual([]);
  });
});

describe("what Windows takes for the same", () => {
  it("are variables and paths that differ in case only", () => {
    const environment = { Path: "a", PATH: "b" };
    expect(windows({ environment })).toMatchObject([{ path: "environment.PATH", code: "conflict" }]);
    expect(linux({ environment })).toEqual([]);
    const volumes = [
      { volume: "a", containerPath: "c:\\data" },
      { volume: "b", containerPath: "C:/Data/" },
    ];
    expect(windows({ volumes })).toMatchObject([{ path: "volumes[1].containerPath", code: "conflict" }]);
  });
});

describe("health checks on Windows", () => {
  const ports = [{ container: 80 }];
  const nano = "mcr.microsoft.com/windows/nanoserver:sac2016";

  it("need a command where the image has no tool to ask with", () => {
    expect(windows({ image: nano, ports })).toMatchObject([
      { path: "healthCheck", code: "refusedOnWindows" },
    ]);
    expect(windows({ image: nano, ports, healthCheck: { command: "check.exe" } })).toEqual([]);
    expect(windows({ image: nano, ports, healthCheck: { enabled: false } })).toEqual([]);
    expect(windows({ image: "mcr.microsoft.com/windows/nanoserver:1809", ports })).toEqual([]);
  });
});

describe("names", () => {
  it("are DNS labels that leave room for a replica's number", () => {
    expect(nameIssues("shop-webapp")).toEqual([]);
    expect(nameIssues("a".repeat(51))).toEqual([]);
    expect(nameIssues("a".repeat(52))).toMatchObject([{ path: "name", code: "outOfRange" }]);
    for (const name of ["Shop", "web app", "-web", "web_app", ""]) {
      expect(nameIssues(name)).toMatchObject([{ path: "name", code: "invalidFormat" }]);
    }
  });
});

describe("warnings", () => {
  const warnings = (image: string, alias: string, release: HostRelease = "2022") =>
    serviceWarnings({ image, alias }, { traits: traitsOf("windows"), release });

  it("tell of floating tags, with the pinned form", () => {
    expect(warnings("andrew0928/mvcdemo:1.0", "web")).toEqual([]);
    expect(warnings("app@sha256:" + "0".repeat(64), "web")).toEqual([]);
    const target = { traits: traitsOf("linux"), release: "2022" as const };
    for (const image of ["registry.example:5000/app", "registry.example:5000/app:latest"]) {
      const [warning] = serviceWarnings({ image, alias: "web" }, target);
      expect(warning).toContain("registry.example:5000/app:VERSION");
      expect(warning).toContain("registry.example:5000/app@sha256:DIGEST");
    }
  });

  it("tell of images that need Hyper-V isolation, and of long aliases", () => {
    const image = "mcr.microsoft.com/windows/servercore:ltsc2019";
    expect(warnings(image, "web", "2022")).toEqual([expect.stringContaining("ltsc2019")]);
    expect(warnings(image, "web", "2019")).toEqual([]);
    expect(warnings("mcr.microsoft.com/windows/servercore:ltsc2022", "web", "2025")).toEqual([]);
    expect(warnings("a:1", "sixteen-letters-")).toEqual([expect.stringContaining("alias sixteen-letters-")]);
  });
});

describe("mounts on Linux", () => {
  it("takes absolute paths and refuses others, and the container's root", () => {
    expect(linux(mount("/srv/data", "/data"))).toEqual([]);
    expect(linux(mount("srv", "c:\\data")).map(({ path }) => path)).toEqual([
      "volumes[0].hostPath",
      "volumes[0].containerPath",
    ]);
    expect(linux(mount("/srv", "//"))).toMatchObject([{ path: "volumes[0].containerPath" }]);
  });
});

describe("image and host release", () => {
  const image = (release: string) => ({ image: `mcr.microsoft.com/windows/servercore:ltsc${release}` });

  it.each<[HostRelease, string[]]>([
    ["2016", ["2019", "2022", "2025"]],
    ["2019", ["2022", "2025"]],
    ["2022", ["2025"]],
    ["2025", []],
  ])("a %s host refuses images of %j", (host, refused) => {
    const all = ["2016", "2019", "2022", "2025"];
    expect(all.filter((release) => windows(image(release), host).length > 0)).toEqual(refused);
  });

  it("says so with the engine's error and the way out, and lets other tags pass", () => {
    expect(windows(image("2025"), "2019")).toEqual([
      {
        path: "image",
        code: "refusedOnWindows",
        message:
          '"mcr.microsoft.com/windows/servercore:ltsc2025" is made for Windows Server 2025, which a 2019 host cannot run (error 0xc0370101)',
        hint: "use an image of release 2019 or older, or set hostRelease to what the host is",
      },
    ]);
    for (const tag of ["servercore:10.0.26100.1", "nanoserver:ltsc2025-amd64"]) {
      expect(windows({ image: `mcr.microsoft.com/windows/${tag}` }, "2022")).toHaveLength(1);
    }
    expect(windows({ image: "app:1809" }, "2016")).toEqual([]);
    expect(windows({ image: "andrew0928/mvcdemo:1.0" }, "2016")).toEqual([]);
    expect(linux(image("2025"))).toEqual([]);
  });
});
