import { chmodSync, existsSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { temporaryDirectory } from "../../test/support/temporaryDirectory";
import { errorText, SetupError } from "./errors";
import { linkAtomically, moveDirectory, writeFileAtomically } from "./files";
import { run } from "./process";
import { programScript } from "./programScript";
import { Progress } from "./progress";
import { findOnPath } from "./searchPath";
import { rememberUnreachable, wasUnreachable } from "./unreachable";

const newDirectory = (): string => temporaryDirectory("webfarm-");
const options = { cwd: tmpdir(), env: process.env, timeoutSeconds: 20 };

describe("run", () => {
  it("gives both streams, the exit code and a log", async () => {
    const logFile = join(newDirectory(), "log", "x.log");
    const script = "console.log('out'); console.error('err'); process.exit(3)";
    const result = await run(process.execPath, ["-e", script], { ...options, logFile });
    expect(result).toMatchObject({ code: 3, stdout: "out\n", timedOut: false });
    expect([...result.lines].sort()).toEqual(["err", "out"]);
    await vi.waitFor(() => {
      expect(readFileSync(logFile, "utf8")).toContain("out");
    });
  });

  it("ends a program that takes too long, even one that ignores the signal", async () => {
    const script = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('on')";
    const result = await run(process.execPath, ["-e", script], { ...options, timeoutSeconds: 0.5 });
    expect(result).toMatchObject({ code: 124, timedOut: true });
  });

  it("says so when there is no such program", async () => {
    expect(await run("/nowhere/program", [], options)).toMatchObject({ code: 127 });
  });
});

describe("findOnPath", () => {
  it("finds every executable in order, but none of npm's", () => {
    const root = newDirectory();
    const folders = ["a", "node_modules/.bin", "b", "c"].map((name) => join(root, name));
    for (const folder of folders) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "pulumi"), "");
      chmodSync(join(folder, "pulumi"), folder.endsWith("/c") ? 0o644 : 0o755);
    }
    expect(findOnPath("pulumi", [...folders, "relative"].join(":"), "linux")).toEqual([
      join(root, "a/pulumi"),
      join(root, "b/pulumi"),
    ]);
    expect(findOnPath("pulumi", undefined)).toEqual([]);
  });
});

describe("files", () => {
  it("are replaced whole", () => {
    const root = newDirectory();
    writeFileAtomically(join(root, "x/file"), "one");
    writeFileAtomically(join(root, "x/file"), "two");
    expect(readFileSync(join(root, "x/file"), "utf8")).toBe("two");
    linkAtomically("one", join(root, "link"));
    linkAtomically("two", join(root, "link"));
    expect(readlinkSync(join(root, "link"))).toBe("two");
  });

  it("move as a directory over an older one", () => {
    const root = newDirectory();
    writeFileAtomically(join(root, "new/file"), "new");
    writeFileAtomically(join(root, "old/file"), "old");
    writeFileAtomically(join(root, "old/extra"), "old");
    moveDirectory(join(root, "new"), join(root, "old"));
    expect(readFileSync(join(root, "old/file"), "utf8")).toBe("new");
    expect(existsSync(join(root, "old/extra"))).toBe(false);
    expect(existsSync(join(root, "new"))).toBe(false);
  });
});

describe("unreachable sites", () => {
  it("are left alone for some hours, each by itself", () => {
    const file = join(newDirectory(), "unreachable.json");
    const hour = 3_600_000;
    expect(wasUnreachable(file, "a", 0)).toBe(false);
    rememberUnreachable(file, "a", 10 * hour);
    expect(wasUnreachable(file, "a", 15 * hour)).toBe(true);
    expect(wasUnreachable(file, "b", 15 * hour)).toBe(false);
    expect(wasUnreachable(file, "a", 17 * hour)).toBe(false);
    writeFileSync(file, "{ broken");
    expect(wasUnreachable(file, "a", 15 * hour)).toBe(false);
  });
});

describe("programScript", () => {
  it("quotes what a shell would take apart", async () => {
    const root = newDirectory();
    const program = join(root, "it's a program.js");
    writeFileSync(program, "console.log(process.argv.slice(2).join('|'))");
    const { name, text } = programScript("pulumi-resource-x", program, "linux");
    const file = join(root, name);
    writeFileAtomically(file, text, 0o755);
    const result = await run(file, ["a b", "$HOME"], options);
    expect(result.stdout).toBe("a b|$HOME\n");
  });

  it("is a command file on Windows", () => {
    expect(programScript("p", "c:\\d\\main.js", "win32", "c:\\node.exe")).toEqual({
      name: "p.cmd",
      text: '@"c:\\node.exe" "c:\\d\\main.js" %*\r\n',
    });
  });
});

describe("Progress", () => {
  it("numbers the steps, shows their results and failures", async () => {
    const lines: string[] = [];
    const progress = new Progress({ total: 2, write: (line) => lines.push(line) });
    await progress.step("One", (report) => {
      report.activity("doing it");
      report.result("done");
      return Promise.resolve();
    });
    await expect(progress.step("Two", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(lines.map((line) => line.replace(/\d\.\d s/, "T"))).toEqual([
      "[1/2] One: doing it",
      "[1/2] One: done (T)",
      "[2/2] Two: failed after T",
    ]);
  });

  it("gives signs of life while a step takes long, with how far it is", async () => {
    vi.useFakeTimers();
    try {
      const lines: string[] = [];
      const progress = new Progress({ total: 1, quiet: true, write: (line) => lines.push(line) });
      const step = progress.step("Long", async (report) => {
        report.activity("building");
        report.detail("3 of 9");
        await new Promise((resolve) => setTimeout(resolve, 25_000));
      });
      await vi.advanceTimersByTimeAsync(25_000);
      await step;
      expect(lines).toEqual([
        "[1/1] Long: building, 3 of 9 ... 10 s so far",
        "[1/1] Long: building, 3 of 9 ... 20 s so far",
        "[1/1] Long: ok (25.0 s)",
      ]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("errorText", () => {
  it("shows a way out instead of a stack trace", () => {
    expect(errorText(new SetupError("no engine", "install one\nor two"))).toBe(
      "error: no engine\n  install one\n  or two",
    );
    expect(errorText(new Error("bug"))).toMatch(/unexpected error.*bug[\s\S]*at /);
  });
});
