import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HostRelease } from "../args";
import { traitsOf } from "../platform/platform";
import { platformIssues } from "./platformRules";

const windows = (service: unknown, release: HostRelease = "2022") =>
  platformIssues(service, { traits: traitsOf("windows"), release });
const linux = (service: unknown) => platformIssues(service, { traits: traitsOf("linux"), release: "2022" });
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
    ["a share", "\\\\server\\share", "is a pipe or a network share"],
  ])("refuses %s in the container", (_, path, words) => {
    const issues = windows(mount("c:\\data", path));
    expect(issues).toHaveLength(1);
    expect(issues[0]).toMatchObject({ path: "volumes[0].containerPath", code: "refusedOnWindows" });
    expect(issues[0]?.message).toContain(words);
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
    expect(windows({ image: "andrew0928/mvcdemo:1.0" }, "2016")).toEqual([]);
    expect(linux(image("2025"))).toEqual([]);
  });
});

it("never fails on arguments of any shape", () => {
  const anything = fc.record(
    { image: fc.anything(), volumes: fc.oneof(fc.anything(), fc.array(fc.anything())) },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(anything, fc.anything()), (service) => {
      expect(Array.isArray(windows(service))).toBe(true);
      expect(Array.isArray(linux(service))).toBe(true);
    }),
    { numRuns: 500 },
  );
});
