import { PassThrough } from "node:stream";
import { finished } from "node:stream/promises";
import { createInterface } from "node:readline";
import type Docker from "dockerode";
import { bounded } from "../preflight/bounded";

/** What a command in a container printed, and how it ended. */
export interface ExecResult {
  exitCode: number;
  lines: string[];
}

/** The part of docker-modem that takes the two output streams apart; dockerode's types leave it out. */
interface Demultiplexer {
  demuxStream(
    from: NodeJS.ReadableStream,
    stdout: NodeJS.WritableStream,
    stderr: NodeJS.WritableStream,
  ): void;
}

/** Options of {@link exec}. */
export interface ExecOptions {
  /**
   * Written to the command's standard input, which then stays open: not every transport to an engine
   * can close one direction alone, so the command has to know how much to read.
   */
  input?: string;
  /** `NAME=value`, beside the container's own; engines before 1.13 (API 1.25) leave it out. */
  environment?: string[];
  /** How long the command may take. */
  timeoutSeconds: number;
  /** Called with each line as it is printed. */
  onLine?: (line: string) => void;
}

/**
 * Runs a command in a running container and waits for its end.
 *
 * @throws Error when the engine refuses, or when the time is over; the command may then still run
 */
export async function exec(
  container: Docker.Container,
  command: string[],
  options: ExecOptions,
): Promise<ExecResult> {
  const stdin = options.input !== undefined;
  const run = await bounded(
    container.exec({
      Cmd: command,
      AttachStdin: stdin,
      AttachStdout: true,
      AttachStderr: true,
      ...(options.environment === undefined ? {} : { Env: options.environment }),
    }),
  );
  const connection = await bounded(run.start({ hijack: true, stdin }));

  const printed = new PassThrough();
  (container.modem as Demultiplexer).demuxStream(connection, printed, printed);
  const lines: string[] = [];
  createInterface({ input: printed }).on("line", (line) => {
    lines.push(line);
    options.onLine?.(line);
  });

  const timer = setTimeout(() => {
    connection.destroy(new Error(`${command.join(" ")} did not end within ${options.timeoutSeconds} s`));
  }, options.timeoutSeconds * 1000);
  try {
    if (options.input !== undefined) connection.write(options.input);
    await finished(connection, { writable: false });
  } finally {
    clearTimeout(timer);
    connection.destroy();
    printed.end();
  }
  await finished(printed, { writable: false });
  return { exitCode: await exitCodeOf(run), lines };
}

/** The engine may say "running" for a moment after the streams have ended. */
export async function exitCodeOf(run: Docker.Exec): Promise<number> {
  for (let attempt = 1; attempt <= 50; attempt++) {
    const state = await bounded(run.inspect());
    if (!state.Running && state.ExitCode !== null) return state.ExitCode;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the engine still calls the command running 5 s after its output ended");
}

/** True when the engine refused a command because the container is gone or does not run. */
export function isNotRunning(error: unknown): boolean {
  return [404, 409].includes((error as { statusCode?: number }).statusCode ?? 0);
}
