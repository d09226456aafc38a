import util from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const original = util.inspect;

beforeAll(() => import("./inspectErrors.js"));
afterAll(() => {
  util.inspect = original;
});

function errorAt(...files: string[]): Error {
  const error = new Error("flood");
  error.stack = ["Error: flood", ...files.map((file) => `    at cellar (${file}:727:13)`)].join("\n");
  return error;
}

// With Node's own function these would take half a minute and gigabytes.
describe("an error from a file directly in node_modules", () => {
  it.each([
    "/shop/node_modules/@pulumi/output.ts",
    "/shop/node_modules/output.ts",
    "C:\\shop\\node_modules\\@pulumi\\output.ts",
  ])("%s is shown without colours", (file) => {
    const error = errorAt("/shop/index.js", file);
    expect(util.inspect(error, { colors: true })).toBe(error.stack);
  });

  it("is recognized when it is the cause of another", () => {
    const error = new Error("outer", { cause: errorAt("/shop/node_modules/@pulumi/output.ts") });
    expect(util.inspect(error, { colors: true })).toContain("@pulumi/output.ts:727:13");
  });
});

it("leaves everything else to Node", () => {
  const error = errorAt("/shop/node_modules/@pulumi/pulumi/output.js");
  expect(util.inspect(error, { colors: true })).toBe(original(error, { colors: true }));
  expect(util.inspect({ a: 1 }, { colors: true })).toBe(original({ a: 1 }, { colors: true }));
  expect(util.inspect({ a: { b: { c: {} } } }, false, 0)).toBe(original({ a: { b: { c: {} } } }, false, 0));
  expect(util.inspect.custom).toBe(original.custom);
});
