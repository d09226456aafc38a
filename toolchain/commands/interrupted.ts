import { readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { hasOwnBackend } from "../setup/environment";
import type { Progress } from "../setup/progress";
import { SetupError } from "../setup/errors";
import type { Toolchain } from "../setup";
import { projectName, pulumi, STACK } from "./stack";

// `pulumi up` that is killed with -9 leaves its lock on the stack behind, and the next one refuses to
// begin. The lock names the process, so it can be told whether somebody is still at work.

const WAIT_SECONDS = 600;

const lockSchema = z.object({ pid: z.number(), hostname: z.string() });
export type StackLock = z.infer<typeof lockSchema>;

/** The holders of these locks that may still be at work. */
export function holdersAtWork(
  locks: readonly StackLock[],
  here: string,
  isAlive: (pid: number) => boolean,
): StackLock[] {
  // Of another machine's process nothing can be known.
  return locks.filter((lock) => lock.hostname !== here || isAlive(lock.pid));
}

function readLocks(directory: string): StackLock[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith(".json"))
      .map((name) => lockSchema.parse(JSON.parse(readFileSync(join(directory, name), "utf8"))));
  } catch {
    // No directory, or a lock that went away while it was read: the CLI itself decides then.
    return [];
  }
}

/** Whether the process lives and is a Pulumi CLI: the id may have passed to another program. */
function isPulumiAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== "linux") return true;
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("pulumi");
  } catch {
    return false;
  }
}

/** Clears the lock of an update that was killed; waits for one that still runs. */
export async function clearInterrupted(toolchain: Toolchain, progress: Progress): Promise<void> {
  if (hasOwnBackend(process.env)) return;
  const { paths } = toolchain;
  const directory = join(paths.state, ".pulumi", "locks", "organization", projectName(paths), STACK);
  const deadline = Date.now() + WAIT_SECONDS * 1000;
  let told = false;
  for (;;) {
    const locks = readLocks(directory);
    if (locks.length === 0) return;
    const [holder] = holdersAtWork(locks, hostname(), isPulumiAlive);
    if (holder === undefined) {
      progress.note("an earlier update of the stack was killed: its lock is removed");
      await pulumi(toolchain, "removing the lock of a killed update", ["cancel", "--yes", STACK]);
      return;
    }
    const who = `process ${holder.pid} on ${holder.hostname}`;
    if (Date.now() > deadline) {
      throw new SetupError(
        `the stack is still being updated by ${who} after ${WAIT_SECONDS} s of waiting`,
        "Wait for it or end it; `npm run --silent pulumi -- cancel` removes its lock.",
      );
    }
    if (!told) progress.note(`waiting for an update of the stack by ${who}`);
    told = true;
    await sleep(500);
  }
}
