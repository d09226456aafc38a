#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { processIo } from "./io";
import { run } from "./run";

// dist/cli/main.js, so that the package is two directories up.
const packageFile = readFileSync(join(__dirname, "../../package.json"), "utf8");
const { version, peerDependencies } = JSON.parse(packageFile) as {
  version: string;
  peerDependencies: Record<string, string>;
};
const versions = { ...peerDependencies, "pulumi-webfarm": `^${version}` };

void run(process.argv.slice(2), { version, versions }, processIo()).then((code) => {
  process.exitCode = code;
});
