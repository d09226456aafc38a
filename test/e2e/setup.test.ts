import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = resolve(__dirname, "../..");

interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs `npm run pulumi -- ARGS` the way package.json does. */
function pulumi(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CommandResult> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [join(root, "toolchain/bootstrap.mjs"), "pulumi", ...args], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const result: CommandResult = { code: null, stdout: "", stderr: "" };
    child.stdout.on("data", (data: Buffer) => (result.stdout += data.toString()));
    child.stderr.on("data", (data: Buffer) => (result.stderr += data.toString()));
    child.on("error", fail);
    child.on("close", (code) => {
      done({ ...result, code });
    });
  });
}

describe("the set-up, once it has run", () => {
  it("finds everything again without a word, and leaves stdout to the CLI", async () => {
    const { code, stdout, stderr } = await pulumi(["version"]);
    expect(stdout).toMatch(/^v\d+\.\d+\.\d+\S*\n$/);
    expect(stderr).toBe("");
    expect(code).toBe(0);
  });

  it("works at twice at the same time", async () => {
    const results = await Promise.all([pulumi(["version"]), pulumi(["version"])]);
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect(results[0].stdout).toBe(results[1].stdout);
  });

  it("passes the CLI's exit code and messages on", async () => {
    const { code, stdout, stderr } = await pulumi(["no-such-command"]);
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain("no-such-command");
  });

  it.each([
    [
      { DOCKER_HOST: "unix:///nowhere/docker.sock" },
      /no Docker engine answers at unix:\/\/\/nowhere\/docker\.sock \(DOCKER_HOST\)/,
    ],
    [{ DOCKER_HOST: "nonsense" }, /"nonsense", which is no address of a Docker engine/],
    [{ DOCKER_HOST: "", DOCKER_CONTEXT: "no-such-context" }, /there is no Docker context "no-such-context"/],
  ])("takes no other engine instead of a chosen one: %o", async (env, message) => {
    const { code, stdout, stderr } = await pulumi(["version"], env);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

describe("a pulumi on PATH", () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "webfarm-pulumi-"));
  });

  // Finds the real one again, so that what runs after these tests does.
  afterAll(async () => {
    rmSync(directory, { recursive: true, force: true });
    await pulumi(["version"]);
  });

  const install = (script: string): NodeJS.ProcessEnv => {
    writeFileSync(join(directory, "pulumi"), `#!/bin/sh\n${script}\n`);
    chmodSync(join(directory, "pulumi"), 0o755);
    return { PATH: `${directory}:${process.env.PATH ?? ""}` };
  };

  it("is used when it is new enough", async () => {
    const { stdout } = await pulumi(["version"], install("echo v3.999.0"));
    expect(stdout).toBe("v3.999.0\n");
  });

  it.each([
    ["too old", "echo v3.100.0"],
    ["broken", "exit 1"],
  ])("is passed over when it is %s", async (_, script) => {
    const { code, stdout } = await pulumi(["version"], install(script));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^v3\.\d+\.\d+/);
    expect(stdout).not.toContain("v3.100.0");
  });
});
