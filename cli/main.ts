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
/** Of a range such as `^4.11.2 || ^5.0.0` a new project takes the newest. */
const newest = (range: string) => range.split("||").at(-1)?.trim() ?? range;
const peers = Object.entries(peerDependencies).map(([name, range]) => [name, newest(range)] as const);
const versions = { ...Object.fromEntries(peers), "pulumi-webfarm": `^${version}` };

void run(process.argv.slice(2), { version, versions }, processIo()).then((code) => {
  process.exitCode = code;
});
