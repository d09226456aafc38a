import { describe, expect, it } from "vitest";
import { parseRuntimeOptions, splitArguments } from "./runtimeOptions";

describe("parseRuntimeOptions", () => {
  it("loads TypeScript unless told otherwise", () => {
    expect(parseRuntimeOptions({})).toEqual({
      typescript: true,
      tsconfig: undefined,
      nodeArguments: [],
      packageManager: undefined,
    });
    expect(parseRuntimeOptions({ typescript: false }).typescript).toBe(false);
  });

  it("reads every option", () => {
    const options = { tsconfig: "tsconfig.pulumi.json", nodeargs: "--a --b=1", packagemanager: "pnpm" };
    expect(parseRuntimeOptions(options)).toMatchObject({
      tsconfig: "tsconfig.pulumi.json",
      nodeArguments: ["--a", "--b=1"],
      packageManager: "pnpm",
    });
  });

  it.each([
    [{ typescript: "yes" }, 'runtime option typescript is "yes"; allowed are true and false'],
    [{ tsconfig: 1 }, "runtime option tsconfig is 1; it must be a text"],
    [{ packagemanager: "bun" }, 'packagemanager is "bun"; allowed are auto, npm, yarn, pnpm'],
    [{ nodeargs: "--title='x" }, "unfinished '"],
  ])("refuses %j", (options, message) => {
    expect(() => parseRuntimeOptions(options)).toThrow(message);
  });
});

describe("splitArguments", () => {
  it.each([
    ["", []],
    ["  --a   --b ", ["--a", "--b"]],
    [`--title="a b" 'c d'`, ["--title=a b", "c d"]],
    [String.raw`a\ b "say \"hi\"" 'back\slash'`, ["a b", 'say "hi"', String.raw`back\slash`]],
    [`--env='' --x`, ["--env=", "--x"]],
  ])("splits %s", (line, words) => {
    expect(splitArguments(line)).toEqual(words);
  });
});
