import { expect, it } from "vitest";
import { endDescription, programResult } from "./programEnd";

it.each([
  [
    { code: 0, signal: null },
    { error: "", bail: false },
  ],
  [
    { code: 32, signal: null },
    { error: "", bail: true },
  ],
  [
    { code: 3, signal: null },
    { error: "Program exited with non-zero exit code: 3", bail: false },
  ],
  [
    { code: null, signal: "SIGKILL" },
    { error: "Program was ended by signal SIGKILL", bail: false },
  ],
] as const)("maps %j", (end, result) => {
  expect(programResult(end)).toEqual(result);
});

it.each([
  { code: null, signal: "SIGABRT" },
  { code: 134, signal: null },
] as const)("tells how to give more memory after %j", (end) => {
  expect(programResult(end).error).toContain("--max-old-space-size");
});

it("names what ended", () => {
  expect(endDescription({ code: 1, signal: null }, "npm install")).toBe(
    "npm install exited with non-zero exit code: 1",
  );
});
