import { describe, expect, it } from "vitest";
import { logLine, logLines, sinceSeconds } from "./lines";

function frame(stream: 1 | 2, text: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

describe("a container's log", () => {
  it("is lines of two streams, whole though they come in pieces", () => {
    const raw = Buffer.concat([
      frame(1, "2026-11-25T12:00:00.000000001Z hel"),
      frame(2, "2026-11-25T12:00:00.000000002Z bad\n"),
      frame(1, "lo äöü\r\n2026-11-25T12:00:00.000000003Z \n"),
    ]);
    expect(logLines(raw)).toEqual([
      { time: "2026-11-25T12:00:00.000000001Z", stream: "stdout", line: "hello äöü" },
      { time: "2026-11-25T12:00:00.000000003Z", stream: "stdout", line: "" },
      { time: "2026-11-25T12:00:00.000000002Z", stream: "stderr", line: "bad" },
    ]);
    expect(logLines(Buffer.alloc(0))).toEqual([]);
  });

  it("keeps what has no text", () => {
    expect(logLine("2026-11-25T12:00:00Z", "stdout").line).toBe("");
  });

  it.each([
    ["30s", 1764071970],
    ["10m", 1764071400],
    ["2h", 1764064800],
    ["1d", 1763985600],
    ["2025-11-25T11:00:00Z", 1764068400],
    ["yesterday", undefined],
    ["10 m", undefined],
  ])("begins %s", (text, expected) => {
    expect(sinceSeconds(text, new Date("2025-11-25T12:00:00Z"))).toBe(expected);
  });
});
