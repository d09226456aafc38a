import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { projectRoot } from "../support/projectRoot";

const folder = mkdtempSync(join(tmpdir(), "webfarm-api-"));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** How `npm run docs:api` ends, and what it says. */
function typedoc(): Promise<{ code: number; output: string }> {
  const program = join(projectRoot, "node_modules/typedoc/bin/typedoc");
  const options = { cwd: projectRoot, timeout: 170_000 };
  return new Promise((done) => {
    execFile(process.execPath, [program, "--out", folder], options, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
    });
  });
}

it(
  "every export is documented, and docs/api is in step with the docstrings",
  { timeout: 180_000 },
  async () => {
    const { code, output } = await typedoc();
    // typedoc.json makes errors of its warnings: an export without a docstring, a type that is not exported.
    expect(code, output).toBe(0);
    const committed = join(projectRoot, "docs/api");
    expect(readdirSync(folder)).toEqual(readdirSync(committed));
    for (const file of readdirSync(folder)) {
      const made = readFileSync(join(folder, file), "utf8");
      expect(readFileSync(join(committed, file), "utf8"), "make it anew: npm run docs:api").toBe(made);
    }
  },
);
