import { readFileSync, readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(__dirname, "../..");

const testFiles = ["sdk", "test"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => join(root, folder, file)),
);

/** The claims of a table's last column: `file: test; file: test`. */
function claims(document: string): [file: string, test: string][] {
  const rows = readFileSync(join(root, document), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| "));
  const proofs = rows.map((row) => row.split("|").at(-2) ?? "");
  const found = proofs.flatMap((proof) => [
    ...proof.matchAll(/([\w.]+\.test\.ts): (.+?)(?=; [\w.]+\.test\.ts: |\s*$)/g),
  ]);
  return found.map(([, file = "", test = ""]) => [file, test]);
}

describe.each(["docs/nat-service.md"])("%s", (document) => {
  it("names tests that exist", () => {
    const all = claims(document);
    expect(all.length).toBeGreaterThan(5);
    const missing = all.filter(([file, test]) => {
      const paths = testFiles.filter((path) => basename(path) === file);
      return !paths.some((path) => readFileSync(path, "utf8").includes(`"${test}"`));
    });
    expect(missing).toEqual([]);
  });
});
