import { execFile } from "node:child_process";

export interface CommandOptions {
  readonly cwd?: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly timeoutSeconds: number;
}

/** Runs a program to its end and resolves to its stdout; a failure shows the program's own last words. */
export function runCommand(file: string, args: readonly string[], options: CommandOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      file,
      args,
      {
        cwd: options.cwd,
        env: options.environment ?? process.env,
        timeout: options.timeoutSeconds * 1000,
        killSignal: "SIGKILL",
        maxBuffer: 64 * 1024 * 1024,
      },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new CommandFailure(file, args, describe(error, stderr, options.timeoutSeconds), error));
      },
    );
  });
}

/** Whether a program is there to be run at all. */
export async function hasCommand(file: string, args: readonly string[]): Promise<boolean> {
  try {
    await runCommand(file, args, { timeoutSeconds: 30 });
    return true;
  } catch (error) {
    if (error instanceof CommandFailure && error.missing) return false;
    throw error;
  }
}

export class CommandFailure extends Error {
  readonly missing: boolean;

  constructor(file: string, args: readonly string[], what: string, cause: Error) {
    super(`${[file, ...args].join(" ")}: ${what}`, { cause });
    this.missing = "code" in cause && cause.code === "ENOENT";
  }
}

function describe(error: Error & { killed?: boolean }, stderr: string, timeoutSeconds: number): string {
  if (error.killed) return `did not end within ${timeoutSeconds} s`;
  const lastLines = stderr.trim().split("\n").slice(-5).join("\n");
  return lastLines === "" ? error.message : lastLines;
}
