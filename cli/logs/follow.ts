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

/**
 * Calls `onLine` with each line of a container's log, as it comes. Resolves when the engine begins to answer, which
 * may be only with the container's next line.
 *
 * @returns what tells the end of the log: of the container, or of the connection
 */
export async function follow(
  docker: Docker,
  container: string,
  options: FollowOptions,
  onLine: (line: LogLine) => void,
): Promise<NodeJS.ReadableStream> {
  const log = await docker
    .getContainer(container)
    .logs({ stdout: true, stderr: true, timestamps: true, follow: true, ...options });
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  for (const stream of ["stdout", "stderr"] as const) {
    createInterface({ input: streams[stream] }).on("line", (text) => {
      onLine(logLine(text, stream));
    });
  }
  docker.modem.demuxStream(log, streams.stdout, streams.stderr);
  return log;
}
