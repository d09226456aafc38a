import { join } from "node:path";
import type { ProjectPaths } from "../setup/paths";
import { runInForeground } from "./childProcess";
import { setUpQuietly } from "./pulumi";

/** `npm run webfarm -- ARGS`: the webfarm command in the project's environment, with its engine and its stack. */
export async function webfarm(paths: ProjectPaths, args: readonly string[]): Promise<number> {
  const { env } = await setUpQuietly(paths, "webfarm");
  const command = join(paths.root, "dist", "cli", "main.js");
  return runInForeground(process.execPath, [command, ...args], { cwd: paths.root, env });
}
