import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { choosePulumi } from "./pulumiCli";
import { buildError, goVersionOfModule, pulumiVersionOfModule, requireGo } from "./pulumiBuild";
import { isAtLeast, MINIMUM_PULUMI, versionFrom } from "./pulumiVersion";

const root = join(__dirname, "..", "..");

describe("choosePulumi", () => {
  it("takes the first that is new enough and says why others are passed over", () => {
    const { cli, passedOver } = choosePulumi([
      { file: "/a/pulumi", version: undefined },
      { file: "/b/pulumi", version: "v3.207.9" },
      { file: "/c/pulumi", version: "v3.208.0" },
      { file: "/d/pulumi", version: "v3.300.0" },
    ]);
    expect(cli).toEqual({ file: "/c/pulumi", version: "v3.208.0", source: "found on PATH" });
    expect(passedOver).toHaveLength(2);
    expect(passedOver[1]).toContain(MINIMUM_PULUMI);
  });

  it("finds none among old ones", () => {
    expect(choosePulumi([{ file: "/b/pulumi", version: "v3.99.0" }]).cli).toBeUndefined();
  });
});

describe("versions", () => {
  it.each([
    ["v3.208.0", true],
    ["3.208.1", true],
    ["v4.0.0", true],
    ["v3.207.99", false],
    ["v3.208.0-alpha.1+dirty", true],
    ["v2.999.0", false],
    ["nonsense", false],
  ])("%s is at least 3.208.0: %s", (version, expected) => {
    expect(isAtLeast(version, "3.208.0")).toBe(expected);
  });

  it("are found below what a shim says first", () => {
    expect(versionFrom("Downloading pulumi...\nv3.259.0\n")).toBe("v3.259.0");
    expect(versionFrom("pulumi: fetch failed\n")).toBeUndefined();
  });

  it("of the Go module and of the npm package are the same, so that all ways lead to one CLI", () => {
    const goMod = readFileSync(join(root, "toolchain/pulumi-cli/go.mod"), "utf8");
    const manifest = readFileSync(join(root, "package.json"), "utf8");
    expect(manifest).toContain(`"pulumi": "${pulumiVersionOfModule(goMod)}"`);
    expect(isAtLeast(pulumiVersionOfModule(goMod), MINIMUM_PULUMI)).toBe(true);
    expect(goVersionOfModule(goMod)).toMatch(/^1\.\d+/);
  });
});

describe("building", () => {
  it("needs a Go that is new enough", () => {
    expect(() => {
      requireGo("1.26.8", "1.25.11");
    }).not.toThrow();
    expect(() => {
      requireGo("1.19.8", "1.25.11");
    }).toThrow(/Go 1\.19\.8 is too old.*1\.25\.11/);
    expect(() => {
      requireGo(undefined, "1.25.11");
    }).toThrow(/no Go/);
  });

  it("tells a cut network from a failed build and from one that took too long", () => {
    const cut = { code: 1, timedOut: false, lines: ["dial tcp: lookup proxy.example: no such host"] };
    expect(buildError(cut, "x.log").message).toMatch(/no network/);
    const broken = { code: 1, timedOut: false, lines: ["undefined: foo"] };
    expect(buildError(broken, "x.log").message).toMatch(/exit code 1/);
    expect(buildError(broken, "x.log").hint).toMatch(/undefined: foo\nFull output: x\.log/);
    expect(buildError({ ...cut, timedOut: true }, "x.log").message).toMatch(/not built within/);
  });
});
