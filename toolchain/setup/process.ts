import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { SetupError } from "./errors";

export interface RunOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  timeoutSeconds: number;
  /** Everything the program says is appended here as well. */
  logFile?: string;
  onLine?: (line: string) => void;
}

export interface RunResult {
  /** The exit code; 127 when the program could not be started, 124 when the time was up. */
  code: number;
  stdout: string;
  /** Both streams, in the order in which their lines came. */
  lines: string[];
  timedOut: boolean;
}

const SECONDS_FROM_TERM_TO_KILL = 5;

const running = new Set<ChildProcess>();

/** Ends the programs that `run` has started, for a command that is itself being ended. */
export function endRunningProcesses(signal: NodeJS.Signals): void {
  for (const child of running) child.kill(signal);
}

/** Runs a program to its end, within a limit of time. Never throws: the result says what happened. */
export function run(file: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  return new Promise((resolve) => {
    const lines: string[] = [];
    let stdout = "";
    let timedOut = false;
    if (options.logFile !== undefined) mkdirSync(dirname(options.logFile), { recursive: true });
    const log =
      options.logFile === undefined ? undefined : createWriteStream(options.logFile, { flags: "a" });
    log?.write(`$ ${[file, ...args].join(" ")}\n`);
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: options.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const take = (line: string): void => {
      lines.push(line);
      log?.write(`${line}\n`);
      options.onLine?.(line);
    };
    child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
    createInterface({ input: child.stdout }).on("line", take);
    createInterface({ input: child.stderr }).on("line", take);
    running.add(child);
    let finished = false;
    const finish = (code: number): void => {
      if (finished) return;
      finished = true;
      clearTimeout(limit);
      running.delete(child);
      log?.end();
      resolve({ code, stdout, lines, timedOut });
    };
    const limit = setTimeout(() => {
      timedOut = true;
      child.kill("SIGTERM");
      setTimeout(() => {
        child.kill("SIGKILL");
        // Its own children may still hold the pipes open; their end is not waited for.
        child.stdout.destroy();
        child.stderr.destroy();
        finish(124);
      }, SECONDS_FROM_TERM_TO_KILL * 1000);
    }, options.timeoutSeconds * 1000);
    child.on("error", (error) => {
      take(error.message);
      finish(127);
    });
    child.on("close", (code) => {
      finish(timedOut ? 124 : (code ?? 1));
    });
  });
}

/** As `run`, but anything except exit code 0 is an error that shows the program's last lines. */
export async function runOrFail(
  what: string,
  file: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  const result = await run(file, args, options);
  if (result.code === 0) return result;
  const how = result.timedOut
    ? `did not end within ${options.timeoutSeconds} s`
    : `failed with exit code ${result.code}`;
  const log = options.logFile === undefined ? "" : `\nFull output: ${options.logFile}`;
  throw new SetupError(`${what} ${how}`, `${lastLines(result.lines)}${log}`);
}

export function lastLines(lines: readonly string[], count = 12): string {
  return lines
    .filter((line) => line.trim() !== "")
    .slice(-count)
    .join("\n");
}
