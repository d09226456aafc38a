import { dirname, posix, win32 } from "node:path";
import { describe, expect, it } from "vitest";
import { traitsOf } from "../platform/platform";
import { unavailablePort, controlPort } from "./ports";
import { swarmStart } from "./swarmStart";

describe("swarmStart", () => {
  it("lies where nginx.conf names its files", () => {
    expect(dirname(swarmStart.linux.path)).toBe(traitsOf("linux").proxy.nginx.directory);
    expect(win32.dirname(swarmStart.windows.path).replaceAll("\\", posix.sep)).toBe(
      traitsOf("windows").proxy.nginx.directory,
    );
  });

  it("is run as the scripts of one host are", () => {
    for (const platform of ["linux", "windows"] as const) {
      expect(swarmStart[platform].interpreter).toEqual(traitsOf(platform).proxy.interpreter);
    }
  });

  it("fits into a config of the swarm and has the line ends of its platform", () => {
    const { linux, windows } = swarmStart;
    // The engine takes 500 KB.
    for (const { script } of [linux, windows]) expect(script.length).toBeLessThan(20_000);
    expect(linux.script).not.toContain("\r");
    expect(windows.script.split("\r\n").join("")).not.toMatch(/[\r\n]/);
  });

  it("uses nothing of cmd that Windows and Wine read differently", () => {
    const lines = swarmStart.windows.script.split("\r\n").filter((line) => !line.startsWith("rem "));
    expect(lines.filter((line) => /&&|\|\||\b(findstr|fc|timeout) |![^! ]*%%/.test(line))).toEqual([]);
  });

  it("has a port of its own for apps without tasks", () => {
    expect(unavailablePort).not.toBe(controlPort);
    for (const { script } of Object.values(swarmStart))
      expect(script).toContain(`127.0.0.1:${unavailablePort}`);
  });
});
