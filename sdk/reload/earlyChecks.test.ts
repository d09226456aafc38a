import { PassThrough } from "node:stream";
import type Docker from "dockerode";
import { describe, expect, it } from "vitest";
import { checkCommand, EarlyChecks } from "./earlyChecks";

function inspection(
  test: string[] | undefined,
  { platform = "linux", shell }: { platform?: string; shell?: string[] } = {},
): Docker.ContainerInspectInfo {
  const Healthcheck = test === undefined ? undefined : { Test: test, Timeout: 2e9 };
  return {
    Platform: platform,
    Config: { Healthcheck, Shell: shell },
  } as unknown as Docker.ContainerInspectInfo;
}

describe("checkCommand", () => {
  it.each([
    ["a command", inspection(["CMD", "curl.exe", "-f", "http://x"]), ["curl.exe", "-f", "http://x"]],
    ["a shell's", inspection(["CMD-SHELL", "a || b"]), ["/bin/sh", "-c", "a || b"]],
    ["a Windows shell's", inspection(["CMD-SHELL", "a"], { platform: "windows" }), ["cmd", "/S", "/C", "a"]],
    [
      "the image's own shell's",
      inspection(["CMD-SHELL", "a"], { shell: ["pwsh", "-c"] }),
      ["pwsh", "-c", "a"],
    ],
    ["none", inspection(["NONE"]), undefined],
    ["nothing", inspection(undefined), undefined],
    ["an empty command", inspection(["CMD"]), undefined],
    ["an empty line", inspection(["CMD-SHELL"]), undefined],
  ])("takes %s as the engine does", (_, info, expected) => {
    expect(checkCommand(info)).toEqual(expected);
  });
});

/** An engine whose checks end with these codes, one after the other. */
function engineOf(codes: number[]): { engine: Docker; ran: string[] } {
  const ran: string[] = [];
  const getContainer = (name: string) => ({
    modem: { demuxStream: () => undefined },
    exec: () => {
      ran.push(name);
      const stream = new PassThrough();
      stream.end();
      stream.resume();
      return Promise.resolve({
        start: () => Promise.resolve(stream),
        inspect: () => Promise.resolve({ Running: false, ExitCode: codes.shift() ?? 0 }),
      });
    },
  });
  return { engine: { getContainer } as unknown as Docker, ran };
}

describe("EarlyChecks", () => {
  const check = inspection(["CMD", "test"]);
  const asked = async (checks: EarlyChecks, name: string) => {
    const begun = checks.hasPassed(name, check);
    await new Promise((resolve) => setTimeout(resolve, 60));
    return begun;
  };

  it("says yes once a check has passed, and checks no more", async () => {
    const { engine, ran } = engineOf([1, 0]);
    const checks = new EarlyChecks(engine);
    expect(await asked(checks, "a")).toBe(false);
    expect(await asked(checks, "a")).toBe(false);
    expect(await asked(checks, "a")).toBe(true);
    expect(await asked(checks, "a")).toBe(true);
    expect(ran).toEqual(["a", "a"]);
  });

  it("checks one container once at a time, and eight at the most", () => {
    const { engine, ran } = engineOf([]);
    const checks = new EarlyChecks(engine);
    const names = Array.from({ length: 10 }, (_, index) => `c${index}`);
    for (const name of ["c0", ...names]) checks.hasPassed(name, check);
    expect(ran).toEqual(names.slice(0, 8));
  });

  it("leaves containers without a check alone, and survives an engine that refuses", async () => {
    const { engine, ran } = engineOf([]);
    expect(new EarlyChecks(engine).hasPassed("a", inspection(["NONE"]))).toBe(false);
    expect(ran).toEqual([]);
    const refusing = {
      getContainer: () => ({ exec: () => Promise.reject(new Error("not running")) }),
    } as unknown as Docker;
    const checks = new EarlyChecks(refusing);
    expect(await asked(checks, "a")).toBe(false);
    expect(await asked(checks, "a")).toBe(false);
  });
});
