import { spawn, type ChildProcess } from "node:child_process";
import type { Command } from "./programCommand";

/** How long a process may take to end after an interrupt before it is killed. */
const stopGraceMilliseconds = 5_000;
/** How long output may keep coming after a process ended (a grandchild may hold the pipe open). */
const outputGraceMilliseconds = 5_000;

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Output {
  readonly stdout: (chunk: Buffer) => void;
  readonly stderr: (chunk: Buffer) => void;
}

export interface RunOptions {
  /** Without it, the process writes straight to this one's stdout and stderr: no detour that reorders lines. */
  readonly output?: Output;
  /** Stops the process. */
  readonly signal: AbortSignal;
}

/** The processes that this host started and that still run, so that none of them outlives it. */
export class NodeProcesses {
  readonly #running = new Map<ChildProcess, Promise<ProcessEnd>>();
  #stopped = false;

  /** Runs a command to its end. Rejects when it cannot be started. */
  async run(executable: string, command: Command, { output, signal }: RunOptions): Promise<ProcessEnd> {
    if (this.#stopped || signal.aborted) throw new Error("cancelled before the program was started");
    const child = spawn(executable, command.arguments, {
      cwd: command.workingDirectory,
      env: command.environment,
      stdio: output ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"],
      windowsHide: true,
    });
    if (output) {
      child.stdout?.on("data", output.stdout);
      child.stderr?.on("data", output.stderr);
    }
    const end = ended(child);
    const stop = (): void => {
      interrupt(child, end);
    };
    this.#running.set(child, end);
    signal.addEventListener("abort", stop);
    try {
      return await end;
    } finally {
      signal.removeEventListener("abort", stop);
      this.#running.delete(child);
    }
  }

  /** Starts nothing more, interrupts what runs, and resolves when nothing runs any more. */
  async stopAll(): Promise<void> {
    this.#stopped = true;
    for (const [child, end] of this.#running) interrupt(child, end);
    await Promise.allSettled(this.#running.values());
  }

  killAll(): void {
    for (const child of this.#running.keys()) child.kill("SIGKILL");
  }
}

function interrupt(child: ChildProcess, end: Promise<ProcessEnd>): void {
  child.kill("SIGINT");
  const kill = setTimeout(() => child.kill("SIGKILL"), stopGraceMilliseconds);
  const forget = (): void => {
    clearTimeout(kill);
  };
  end.then(forget, forget);
}

/** Resolves when a process has ended and its output is read. */
function ended(child: ChildProcess): Promise<ProcessEnd> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => {
      const closeOutput = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, outputGraceMilliseconds);
      child.once("close", () => {
        clearTimeout(closeOutput);
      });
    });
    child.once("close", (code, signal) => {
      resolve({ code, signal });
    });
  });
}
