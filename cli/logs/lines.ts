import { logFrames } from "../../sdk/reload/logFrames";

/** One line that a container printed. */
export interface LogLine {
  /** When, in the engine's words: all of one length, so that they sort as text. */
  time: string;
  stream: "stdout" | "stderr";
  line: string;
}

/** A line with its time before it, as the engine gives it. */
export function logLine(text: string, stream: LogLine["stream"]): LogLine {
  const end = text.indexOf(" ");
  const [time, line] = end < 0 ? [text, ""] : [text.slice(0, end), text.slice(end + 1)];
  return { time, stream, line: line.replace(/\r$/, "") };
}

/** The lines in what the engine gives of a log. Pure. */
export function logLines(raw: Buffer): LogLine[] {
  // The log of a terminal has one stream and no frames.
  const frames = logFrames(raw) ?? [{ stream: "stdout", content: raw }];
  return (["stdout", "stderr"] as const).flatMap((stream) =>
    Buffer.concat(frames.filter((frame) => frame.stream === stream).map(({ content }) => content))
      .toString("utf8")
      .split("\n")
      .filter((text) => text !== "")
      .map((text) => logLine(text, stream)),
  );
}

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** A time such as `10m` (ago) or `2026-11-25T12:00:00Z`, in seconds since 1970; undefined when it is none. */
export function sinceSeconds(text: string, now: Date): number | undefined {
  const [, amount, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined) {
    return Math.floor(now.getTime() / 1000) - Number(amount) * (units[unit] ?? 0);
  }
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000);
}
