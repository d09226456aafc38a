import { execFile, execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { projectRoot } from "../support/projectRoot";

const folder = join(projectRoot, ".github/workflows");
const files = readdirSync(folder);
const actionlint = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";

interface Workflow {
  jobs: Record<string, { steps: { run?: string; uses?: string }[]; "timeout-minutes"?: number }>;
}

const { scripts } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

function hasGo(): boolean {
  try {
    execFileSync("go", ["version"], { stdio: "ignore", timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
}

describe("the GitHub workflows", () => {
  // The checker is a Go program; where there is no Go, CI checks.
  it.skipIf(!hasGo())(
    "are what actionlint takes",
    async () => {
      const run = promisify(execFile)(
        "go",
        ["run", actionlint, "-no-color", ...files.map((file) => join(folder, file))],
        {
          timeout: 240_000,
        },
      );
      const output = await run.catch((error: unknown) => error as { stdout: string; stderr: string });
      expect(`${output.stdout}${output.stderr.replaceAll(/^go: downloading .*\n/gm, "")}`).toBe("");
    },
    250_000,
  );

  it.each(files)("%s runs only what is there, with a limit", (file) => {
    const { jobs } = parse(readFileSync(join(folder, file), "utf8")) as Workflow;
    for (const [name, job] of Object.entries(jobs)) {
      expect(job["timeout-minutes"], name).toBeGreaterThan(0);
      const commands = job.steps.flatMap(({ run = "" }) => run.split("\n"));
      const asked = commands.flatMap((line) => /^\s*npm (?:run )?(test\S*|build)/.exec(line)?.[1] ?? []);
      for (const script of asked) expect(scripts).toHaveProperty([script]);
      const projects = commands.flatMap((line) => /--project (\w+)/.exec(line)?.[1] ?? []);
      const settings = readFileSync(join(projectRoot, "vitest.config.mts"), "utf8");
      for (const project of projects) expect(settings).toContain(`name: "${project}"`);
      const folders = commands.flatMap((line) => /--project unit (.+)/.exec(line)?.[1]?.split(" ") ?? []);
      for (const each of folders) expect(existsSync(join(projectRoot, each))).toBe(true);
    }
  });

  it("try both releases that runners have", () => {
    const text = readFileSync(join(folder, "windows.yml"), "utf8");
    expect(text).toContain('release: ["2022", "2025"]');
    expect(text).toContain("runs-on: windows-${{ matrix.release }}");
  });
});
