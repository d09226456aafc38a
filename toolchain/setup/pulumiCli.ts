import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { linkAtomically } from "./files";
import { downloadPulumi, downloadedPulumi } from "./pulumiDownload";
import { buildPulumi, builtPulumi, pinnedPulumiVersion } from "./pulumiBuild";
import { isAtLeast, MINIMUM_PULUMI, versionFrom } from "./pulumiVersion";
import type { ProjectPaths } from "./paths";
import { run } from "./process";
import type { StepReport } from "./progress";
import { findOnPath } from "./searchPath";

export interface PulumiCli {
  file: string;
  version: string;
  source: "found on PATH" | "official download" | "built from Go modules";
}

const VERSION_SECONDS = 30;

async function versionOf(file: string, paths: ProjectPaths): Promise<string | undefined> {
  const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true", PULUMI_HOME: paths.pulumiHome };
  const result = await run(file, ["version"], { cwd: paths.root, env, timeoutSeconds: VERSION_SECONDS });
  return result.code === 0 ? versionFrom(result.stdout) : undefined;
}

/** What the search on PATH came to: the CLI to use, and what was passed over, in words. */
export interface PathSearch {
  cli?: PulumiCli;
  passedOver: string[];
}

/** Takes the first CLI that is new enough; says of every other one why it is not used. */
export function choosePulumi(
  candidates: readonly { file: string; version: string | undefined }[],
): PathSearch {
  const passedOver: string[] = [];
  for (const { file, version } of candidates) {
    if (version === undefined) {
      passedOver.push(`${file} does not answer to "pulumi version", passed over`);
    } else if (!isAtLeast(version, MINIMUM_PULUMI)) {
      passedOver.push(
        `${file} is ${version}, passed over: the farm's reload needs Stash, which came with ${MINIMUM_PULUMI}`,
      );
    } else {
      return { cli: { file, version, source: "found on PATH" }, passedOver };
    }
  }
  return { passedOver };
}

async function searchPath(paths: ProjectPaths): Promise<PathSearch> {
  const files = findOnPath("pulumi", process.env.PATH).filter((file) => dirname(file) !== paths.bin);
  const candidates = [];
  for (const file of files) candidates.push({ file, version: await versionOf(file, paths) });
  return choosePulumi(candidates);
}

/** Finds a Pulumi CLI, or makes one: on PATH, made earlier, the official download, built from Go modules. */
export async function findPulumiCli(paths: ProjectPaths, report: StepReport): Promise<PulumiCli> {
  const cli = await findOrMake(paths, report);
  if (process.platform !== "win32") linkAtomically(cli.file, join(paths.bin, "pulumi"));
  report.result(`${cli.version}, ${cli.source} (${cli.file})`);
  return cli;
}

async function findOrMake(paths: ProjectPaths, report: StepReport): Promise<PulumiCli> {
  const { cli, passedOver } = await searchPath(paths);
  for (const line of passedOver) report.activity(line);
  if (cli !== undefined) return cli;

  const version = `v${pinnedPulumiVersion(paths)}`;
  const downloaded = downloadedPulumi(paths);
  if (existsSync(downloaded)) return { file: downloaded, version, source: "official download" };
  const built = builtPulumi(paths);
  if (built !== undefined) return { file: built, version, source: "built from Go modules" };

  report.activity(`downloading the official ${version}`);
  const failure = await downloadPulumi(paths);
  if (failure === undefined) return { file: downloaded, version, source: "official download" };
  report.activity(`no official download (${failure})`);
  return { file: await buildPulumi(paths, report), version, source: "built from Go modules" };
}
