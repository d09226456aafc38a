import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { resolveSdkEntry } from "./sdkModule";

it("finds the SDK that the program would load", () => {
  expect(resolveSdkEntry("run", __dirname)).toMatch(/@pulumi[\\/]pulumi[\\/]cmd[\\/]run[\\/]index\.js$/);
});

it("says how to install a missing SDK", async () => {
  const directory = await mkdtemp(join(tmpdir(), "webfarm-sdk-"));
  try {
    expect(() => resolveSdkEntry("run", directory)).toThrow(/not installed: .*"pulumi install"/);
    expect(() => resolveSdkEntry("run-plugin", directory)).toThrow(`"npm install in ${directory}"`);
  } finally {
    await rm(directory, { recursive: true });
  }
});
