import { readFileSync, readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(__dirname, "../..");

const testFiles = ["sdk", "cli", "lab", "test"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => join(root, folder, file)),
);

const textOf = (file: string): string =>
  testFiles
    .filter((path) => basename(path) === file)
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");

/** The proofs in the last column of a document's tables. */
function proofs(document: string): string[] {
  const lines = readFileSync(join(root, document), "utf8").split("\n");
  return lines.filter((line) => line.startsWith("| ")).map((row) => row.split("|").at(-2) ?? "");
}

describe("the tests that a document names", () => {
  it("are there: docs/13-windows-traps.md", () => {
    const claim = /([\w.]+\.test\.ts): (.+?)(?=; [\w.]+\.test\.ts: |\s*$)/g;
    const claims = proofs("docs/13-windows-traps.md").flatMap((proof) => [...proof.matchAll(claim)]);
    expect(claims.length).toBeGreaterThan(15);
    expect(claims.filter(([, file = "", test = ""]) => !textOf(file).includes(`"${test}"`))).toEqual([]);
  });

  it("are there: docs/security.md", () => {
    const claims = proofs("docs/security.md").flatMap((proof) => [
      ...proof.matchAll(/([\w.]+\.test\.ts): (.+?)\s*$/g),
    ]);
    expect(claims.length).toBeGreaterThan(12);
    expect(claims.filter(([, file = "", test = ""]) => !textOf(file).includes(test))).toEqual([]);
  });

  it("are there: docs/04-proxy.md", () => {
    const claim = /([\w.]+\.test\.ts)`: ("[^|]+")/g;
    const claims = proofs("docs/04-proxy.md").flatMap((proof) => [...proof.matchAll(claim)]);
    expect(claims.length).toBeGreaterThan(3);
    const missing = claims.flatMap(([, file = "", quoted = ""]) =>
      [...quoted.matchAll(/"([^"]+)"/g)].filter(([, test = ""]) => !textOf(file).includes(test)),
    );
    expect(missing).toEqual([]);
  });
});
