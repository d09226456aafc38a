import { readFileSync } from "node:fs";
import { defineConfig } from "rolldown";

/** Kept with the parts of zod, as it asks. */
const licence = readFileSync("node_modules/zod/LICENSE", "utf8").trim();

/**
 * The library as one file, with the parts of zod that it uses: every run of a program imports it, and 200 small
 * files, half of them zod's translations, take three times as long. Types come from tsc.
 */
export default defineConfig({
  input: "sdk/index.ts",
  platform: "node",
  // All other packages are loaded as they are: Pulumi's have to be the program's own.
  external: (id) =>
    !id.startsWith(".") && !id.startsWith("/") && !/^zod(\/|$)/.test(id) && id !== "sdk/index.ts",
  // Marks of where each part is from; they would name places of the machine that builds.
  experimental: { attachDebugInfo: "none" },
  output: { file: "dist/bundle/index.js", format: "cjs", banner: `/*! With parts of zod:\n${licence}\n*/` },
});
