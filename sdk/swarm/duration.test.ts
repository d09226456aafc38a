import { expect, it } from "vitest";
import { canonicalDuration } from "./duration";

it.each([
  ["30s", "30s"],
  ["60s", "1m"],
  ["1m0s", "1m"],
  ["90s", "1m30s"],
  ["3600s", "1h"],
  ["3630s", "1h0m30s"],
  ["5400s", "1h30m"],
  ["0.5s", "500ms"],
  ["1500ms", "1.5s"],
  ["0", "0"],
  ["0m", "0s"],
  ["250us", "250µs"],
  ["soon", "soon"],
  ["", ""],
])("writes %s as %s", (text, canonical) => {
  expect(canonicalDuration(text)).toBe(canonical);
});
