import type { Value } from "../values";

const NANOSECONDS = { h: 3600e9, m: 60e9, s: 1e9, ms: 1e6, us: 1e3, ns: 1 } as const;
const PART = /(\d+(?:\.\d+)?)(ms|us|ns|h|m|s)/g;

/** Nanoseconds of a Go duration like `1m30s`; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  if (text.replace(PART, "") !== "" || text === "") return undefined;
  return [...text.matchAll(PART)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * NANOSECONDS[unit as keyof typeof NANOSECONDS],
    0,
  );
}

/** For the schemas: why a value is no duration, or undefined. */
export function checkDuration(value: Value): string | undefined {
  const isDuration = typeof value === "string" && parseDuration(value) !== undefined;
  return isDuration ? undefined : `${JSON.stringify(value)} is no duration; allowed: like 500ms, 10s, 1m30s`;
}

/** The text Go prints for a duration: 90e9 -> `1m30s`. */
export function formatDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return "0s";
  if (nanoseconds < 1e3) return `${nanoseconds}ns`;
  if (nanoseconds < 1e6) return `${nanoseconds / 1e3}us`;
  if (nanoseconds < 1e9) return `${nanoseconds / 1e6}ms`;
  const seconds = nanoseconds / 1e9;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${Number((seconds % 60).toFixed(9))}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
