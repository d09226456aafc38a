import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { PackageManagerName } from "./runtimeOptions";

const lockFiles: readonly (readonly [string, PackageManagerName])[] = [
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
  ["package-lock.json", "npm"],
];

/** What the project asks for, else what the nearest lock file was written by, else npm. */
export function choosePackageManager(
  asked: PackageManagerName | undefined,
  programDirectory: string,
  exists: (path: string) => boolean = existsSync,
): PackageManagerName {
  return asked ?? packageManagerByLockFile(programDirectory, exists) ?? "npm";
}

function packageManagerByLockFile(
  directory: string,
  exists: (path: string) => boolean,
): PackageManagerName | undefined {
  const found = lockFiles.find(([file]) => exists(join(directory, file)));
  if (found) return found[1];
  const parent = dirname(directory);
  return parent === directory ? undefined : packageManagerByLockFile(parent, exists);
}

/** A plugin is installed to be run, not to be developed: without its development dependencies. */
export function installArguments(packageManager: PackageManagerName, isPlugin: boolean): string[] {
  const production = { npm: "--omit=dev", yarn: "--production", pnpm: "--prod" }[packageManager];
  const quiet = packageManager === "npm" ? ["--no-audit", "--no-fund", "--loglevel=error"] : [];
  return ["install", ...quiet, ...(isPlugin ? [production] : [])];
}
