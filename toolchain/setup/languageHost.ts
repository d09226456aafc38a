import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { linkAtomically, readTextIfPresent, writeFileAtomically } from "./files";
import { programScript } from "./programScript";
import type { ProjectPaths } from "./paths";
import type { StepReport } from "./progress";
import type { PulumiCli } from "./pulumiCli";
import { findOnPath } from "./searchPath";

const NAME = "pulumi-language-nodejs";

/** Which program runs the stack's Node program. */
export interface LanguageHost {
  file: string;
  source: "official" | "this project's";
}

/**
 * Uses the language host that came with the CLI, else this project's own. Only an official one that is
 * not linked into `.webfarm/bin` may come first on PATH, so a link made earlier is taken away for it.
 */
export function findLanguageHost(cli: PulumiCli, paths: ProjectPaths, report: StepReport): LanguageHost {
  const script = programScript(NAME, join(paths.compiled, "language-host", "main.js"));
  const link = join(paths.bin, script.name);
  const official = officialLanguageHost(cli, paths);
  if (official !== undefined) {
    rmSync(link, { force: true });
    report.result(`official (${official})`);
    return { file: official, source: "official" };
  }
  const file = join(paths.ownPulumi, script.name);
  if (readTextIfPresent(file) !== script.text) writeFileAtomically(file, script.text, 0o755);
  if (process.platform !== "win32") linkAtomically(file, link);
  report.result("this project's own");
  return { file, source: "this project's" };
}

/** The one beside the CLI, or else on PATH. */
function officialLanguageHost(cli: PulumiCli, paths: ProjectPaths): string | undefined {
  return [...findOnPath(NAME, dirname(cli.file)), ...findOnPath(NAME, process.env.PATH)].find(
    (file) => ![paths.bin, paths.ownPulumi].includes(dirname(file)),
  );
}
