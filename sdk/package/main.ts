import { readFileSync } from "node:fs";
import { join } from "node:path";
import { main } from "@pulumi/pulumi/provider";
import { packageProvider } from "./provider";

// dist/sdk/package/main.js, so that the package is three directories up.
const root = join(__dirname, "../../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const { version } = JSON.parse(read("package.json")) as { version: string };

void main(packageProvider(version, read("plugin/schema.json")), process.argv.slice(2));
