import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { linkAtomically, readTextIfPresent, writeFileAtomically } from "./files";
import { programScript } from "./programScript";
import type { ProjectPaths } from "./paths";
import type { StepReport } from "./progress";
import type { PulumiCli } from "./pulumiCli";
import { findOnPath } from "./searchPath";

const NAME = "pulumi-language-nodejs";
const OWN_PROGRAMS = [
  [NAME, "main.js"],
  ["pulumi-resource-pulumi-nodejs", "dynamicProvider.js"],
] as const;

/** Which program runs the stack's Node program. */
export interface LanguageHost {
  source: "official" | "this project's";
}

/**
 * Uses the language host that came with the CLI, else this project's own, with the provider of dynamic
 * resources that belongs to it. An official one must come first on PATH, so links to ours go for it.
 */
export function findLanguageHost(cli: PulumiCli, paths: ProjectPaths, report: StepReport): LanguageHost {
  const official = officialLanguageHost(cli, paths);
  for (const [name, program] of OWN_PROGRAMS) {
    const script = programScript(name, join(paths.compiled, "language-host", program));
    const file = join(paths.ownPulumi, script.name);
    const link = join(paths.bin, script.name);
    if (official !== undefined) {
      rmSync(link, { force: true });
      continue;
    }
    if (readTextIfPresent(file) !== script.text) writeFileAtomically(file, script.text, 0o755);
    if (process.platform !== "win32") linkAtomically(file, link);
  }
  report.result(official === undefined ? "this project's own" : `official (${official})`);
  return { source: official === undefined ? "this project's" : "official" };
}

/** The one beside the CLI, or else on PATH. */
function officialLanguageHost(cli: PulumiCli, paths: ProjectPaths): string | undefined {
  return [...findOnPath(NAME, dirname(cli.file)), ...findOnPath(NAME, process.env.PATH)].find(
    (file) => ![paths.bin, paths.ownPulumi].includes(dirname(file)),
  );
}
