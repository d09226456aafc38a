import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../test/support/temporaryDirectory";
import { LockTimeout, lockAddress, withLock } from "./lock.cjs";

const request = (directory: string) => ({ directory, name: "test", identity: "a test", timeoutSeconds: 10 });
const newDirectory = (): string => temporaryDirectory("webfarm-lock-");

/** A process that takes the lock and keeps it until it is killed. */
async function holderProcess(directory: string) {
  const program = `
    const { withLock } = require(${JSON.stringify(join(__dirname, "lock.cjs"))});
    withLock({ directory: ${JSON.stringify(directory)}, name: "test", identity: "the holder", timeoutSeconds: 5 },
      () => { console.log("held"); return new Promise(() => setInterval(() => {}, 1000)); });`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}

describe("withLock", () => {
  it("lets one at a time work, and passes results and errors on", async () => {
    const directory = newDirectory();
    let atWork = 0;
    let most = 0;
    const work = async (): Promise<number> => {
      atWork += 1;
      most = Math.max(most, atWork);
      await new Promise((resolve) => setTimeout(resolve, 30));
      atWork -= 1;
      return 7;
    };
    const results = await Promise.all([1, 2, 3].map(() => withLock(request(directory), work)));
    expect(results).toEqual([7, 7, 7]);
    expect(most).toBe(1);
    await expect(withLock(request(directory), () => Promise.reject(new Error("broken")))).rejects.toThrow(
      "broken",
    );
    await expect(withLock(request(directory), work)).resolves.toBe(7);
  });

  it("says whom it waits for, and goes on when that process is killed", async () => {
    const directory = newDirectory();
    const holder = await holderProcess(directory);
    const met: string[] = [];
    const waiting = withLock(
      {
        ...request(directory),
        onWait: (who) => {
          met.push(who);
          holder.kill("SIGKILL");
        },
      },
      () => Promise.resolve("got it"),
    );
    await expect(waiting).resolves.toBe("got it");
    expect(met).toEqual(["the holder"]);
  });

  it("gives up when the time is over, naming the holder", async () => {
    const directory = newDirectory();
    const holder = await holderProcess(directory);
    const attempt = withLock({ ...request(directory), timeoutSeconds: 0.3 }, () => Promise.resolve());
    await expect(attempt).rejects.toThrow(LockTimeout);
    await expect(attempt).rejects.toThrow(/the holder/);
    holder.kill("SIGKILL");
  });
});

describe("lockAddress", () => {
  it("differs between clones and between locks, and is a pipe on Windows", () => {
    expect(lockAddress("/a", "x")).not.toBe(lockAddress("/b", "x"));
    expect(lockAddress("/a", "x")).not.toBe(lockAddress("/a", "y"));
    expect(lockAddress("c:\\a", "x", "win32")).toMatch(/^\\\\\.\\pipe\\webfarm-/);
  });
});
