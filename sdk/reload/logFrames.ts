/** A piece of what a container without a terminal printed. */
export interface LogFrame {
  stream: "stdout" | "stderr";
  content: Buffer;
}

/**
 * The pieces in what the engine gives of a log: each has a head of eight bytes, which are its stream, three zeros
 * and its length. A swarm's manager adds a stream of its own, for what it could not get of a log. Undefined when it
 * is the log of a container with a terminal, which has no frames. Pure.
 */
export function logFrames(raw: Buffer): LogFrame[] | undefined {
  const frames: LogFrame[] = [];
  for (let at = 0; at + 8 <= raw.length;) {
    const stream = raw.readUInt8(at);
    if (stream > 3) return undefined;
    const end = at + 8 + raw.readUInt32BE(at + 4);
    frames.push({ stream: stream < 2 ? "stdout" : "stderr", content: raw.subarray(at + 8, end) });
    at = end;
  }
  return frames;
}

/** The lines in what the engine gives of a log, with or without a terminal; empty ones are left out. Pure. */
export function logLines(raw: Buffer): string[] {
  const parts = logFrames(raw)?.map(({ content }) => content) ?? [raw];
  return Buffer.concat(parts)
    .toString("utf8")
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "");
}
