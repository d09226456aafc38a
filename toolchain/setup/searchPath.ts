import { accessSync, constants, statSync } from "node:fs";
import { basename, delimiter, dirname, isAbsolute, join } from "node:path";

/**
 * Every program called `name` in the directories of `path`, in their order. The bin folders of npm
 * packages, which `npm run` puts in front, are left out: what they hold is ours, not the user's.
 */
export function findOnPath(
  name: string,
  path: string | undefined,
  platform: NodeJS.Platform = process.platform,
): string[] {
  const file = platform === "win32" ? `${name}.exe` : name;
  return (path ?? "")
    .split(delimiter)
    .filter((directory) => isAbsolute(directory) && !isPackageBin(directory))
    .map((directory) => join(directory, file))
    .filter((candidate) => isExecutable(candidate));
}

function isPackageBin(directory: string): boolean {
  return basename(directory) === ".bin" && basename(dirname(directory)) === "node_modules";
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
