import { spawn } from "node:child_process";
import { constants } from "node:os";

/** Two signals within this time are one that came by two ways: directly, and through the process group. */
const SAME_SIGNAL_MILLISECONDS = 1000;

export interface ForegroundOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Where the program's stdout goes; stderr always goes to ours. */
  stdout?: "inherit" | "stderr";
  /** Seconds after which the program is killed. @default never */
  limitSeconds?: number;
}

/**
 * Runs a program in the user's terminal and resolves to its exit code. The program gets each signal
 * exactly once, as a second Ctrl-C means "stop at once" to the Pulumi CLI: at a terminal, which sends
 * it to the whole group by itself, nothing is passed on; elsewhere the program has a group of its own
 * and gets signals from here only. This process stays until the program has ended.
 */
export function runInForeground(
  file: string,
  args: readonly string[],
  options: ForegroundOptions,
): Promise<number> {
  const atTerminal = process.stdin.isTTY;
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ["inherit", options.stdout === "stderr" ? 2 : "inherit", "inherit"],
    ...(options.limitSeconds === undefined ? {} : { timeout: options.limitSeconds * 1000 }),
    killSignal: "SIGKILL",
    detached: !atTerminal && process.platform !== "win32",
  });
  const last = new Map<NodeJS.Signals, number>();
  const pass = (signal: NodeJS.Signals): void => {
    const now = Date.now();
    if (now - (last.get(signal) ?? 0) < SAME_SIGNAL_MILLISECONDS) return;
    last.set(signal, now);
    if (!(atTerminal && signal === "SIGINT")) child.kill(signal);
  };
  const signals: NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, pass);
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      for (const signal of signals) process.off(signal, pass);
    };
    child.on("error", (error) => {
      finish();
      reject(error);
    });
    child.on("close", (code, signal) => {
      finish();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
