import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { moveDirectory } from "./files";
import type { ProjectPaths } from "./paths";
import { lastLines, run } from "./process";
import { pinnedPulumiVersion } from "./pulumiBuild";

/** 100 MB have to come through; without a network it fails at once. */
const DOWNLOAD_SECONDS = 300;

const executable = process.platform === "win32" ? "pulumi.exe" : "pulumi";

/** Where the npm package `pulumi` keeps a version below a Pulumi home. */
function versionDirectory(pulumiHome: string, paths: ProjectPaths): string {
  return join(pulumiHome, "versions", pinnedPulumiVersion(paths));
}

export function downloadedPulumi(paths: ProjectPaths): string {
  return join(versionDirectory(paths.pulumiHome, paths), "bin", executable);
}

/**
 * Fetches the official CLI through the npm package `pulumi`. It goes to a temporary home and is moved
 * when complete, because the package takes any executable file of that name for a complete one.
 * Returns why it could not be had, or undefined.
 */
export async function downloadPulumi(paths: ProjectPaths): Promise<string | undefined> {
  const home = join(paths.temporary, "pulumi-download");
  mkdirSync(home, { recursive: true });
  const env = {
    ...process.env,
    PULUMI_HOME: home,
    PULUMI_VERSION: pinnedPulumiVersion(paths),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    TMPDIR: paths.temporary,
  };
  const launcher = join(paths.root, "node_modules", "pulumi", "run.js");
  const result = await run(process.execPath, [launcher, "version"], {
    cwd: paths.root,
    env,
    timeoutSeconds: DOWNLOAD_SECONDS,
    logFile: join(paths.log, "pulumi-download.log"),
  });
  if (result.timedOut) return `not complete after ${DOWNLOAD_SECONDS} s`;
  if (result.code !== 0) return lastLines(result.lines, 1);
  moveDirectory(versionDirectory(home, paths), versionDirectory(paths.pulumiHome, paths));
  return undefined;
}
