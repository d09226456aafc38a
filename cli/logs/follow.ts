import { PassThrough } from "node:stream";
import { createInterface } from "node:readline";
import type Docker from "dockerode";
import { logLine, type LogLine } from "./lines";

/** From where a log is followed; all of it when neither is given. */
export interface FollowFrom {
  /** This many of its last lines first. */
  tail?: number;
  /** Not before, in whole seconds since 1970. */
  since?: number;
}

/** Options of {@link follow}. */
export interface FollowOptions extends FollowFrom {
  /** Ends it. */
  abortSignal?: AbortSignal;
}

/** Whose log it is: a container's of the engine, or a task's of the swarm, on whatever node it is. */
export type LogOf = { container: string } | { task: string };

/** Where the engine gives the log of a container or a task. */
export function logSource(docker: Docker, of: LogOf): Pick<Docker.Container, "logs"> {
  // Both take the same options and give the same streams.
  return "task" in of
    ? (docker.getTask(of.task) as unknown as Pick<Docker.Container, "logs">)
    : docker.getContainer(of.container);
}

/**
 * Calls `onLine` with each line of a log, as it comes. Resolves when the engine begins to answer, which
 * may be only with the container's next line.
 *
 * @returns what tells the end of the log: of the container, or of the connection
 */
export async function follow(
  docker: Docker,
  of: LogOf,
  options: FollowOptions,
  onLine: (line: LogLine) => void,
): Promise<NodeJS.ReadableStream> {
  const log = await logSource(docker, of).logs({
    stdout: true,
    stderr: true,
    timestamps: true,
    follow: true,
    ...options,
  });
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  for (const stream of ["stdout", "stderr"] as const) {
    createInterface({ input: streams[stream] }).on("line", (text) => {
      onLine(logLine(text, stream));
    });
  }
  docker.modem.demuxStream(log, streams.stdout, streams.stderr);
  return log;
}
