import { createRequire } from "node:module";
import { join } from "node:path";
import type * as lock from "../lock.cjs";
import { SetupError } from "./errors";
import type { ProjectPaths } from "./paths";

// The lock is plain JavaScript that is not compiled into dist, as bootstrap.mjs needs it, too.
function load(paths: ProjectPaths): typeof lock {
  return createRequire(join(paths.root, "package.json"))("./toolchain/lock.cjs") as typeof lock;
}

const WAIT_MINUTES = 30;

/** Runs `work` while no other process of this clone does anything under the same lock. */
export async function whileAlone<T>(
  paths: ProjectPaths,
  name: "set-up" | "stack",
  command: string,
  work: () => Promise<T>,
): Promise<T> {
  const { LockTimeout, withLock } = load(paths);
  const request = {
    directory: paths.root,
    name,
    identity: `npm run ${command} (process ${process.pid})`,
    timeoutSeconds: WAIT_MINUTES * 60,
    onWait: (holder: string): void => {
      process.stderr.write(`waiting for ${holder}, which is at work in this folder\n`);
    },
  };
  try {
    return await withLock(request, work);
  } catch (error) {
    if (!(error instanceof LockTimeout)) throw error;
    throw new SetupError(error.message, "End that process, or wait for it; then run the same command again.");
  }
}
