import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { z } from "zod";

/** How many tests passed and failed; a stage that fails as a whole counts as one failed test. */
export interface TestCount {
  passed: number;
  failed: number;
}

const resultsSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(""),
      assertionResults: z.array(
        z.object({
          status: z.string(),
          fullName: z.string(),
          failureMessages: z.array(z.string()).default([]),
        }),
      ),
    }),
  ),
});

/** Counts what vitest wrote. A run that failed without a failed test (a file that does not load) counts as one. */
export function countTests(json: string | undefined, exitCode: number): TestCount {
  if (json === undefined) return { passed: 0, failed: 1 };
  const results = resultsSchema.parse(JSON.parse(json));
  const brokenFiles = results.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  ).length;
  const failed = results.numFailedTests + brokenFiles;
  return { passed: results.numPassedTests, failed: failed === 0 && exitCode !== 0 ? 1 : failed };
}

/** A failure is told again at the end, where a log that was cut still has it; the whole of it is further up. */
const REASON_LENGTH = 600;

/** `file: test` of each failed test with its reason, or the file alone when it did not load. */
export function failedTests(json: string | undefined, root: string): string[] {
  if (json === undefined) return [];
  const files = resultsSchema.parse(JSON.parse(json)).testResults.filter(({ status }) => status === "failed");
  return files.flatMap(({ name, message, assertionResults }) => {
    const file = relative(root, name);
    const failed = assertionResults.filter(({ status }) => status === "failed");
    return failed.length === 0
      ? [`${file}${reason([message])}`]
      : failed.map(({ fullName, failureMessages }) => `${file}: ${fullName}${reason(failureMessages)}`);
  });
}

/** Failure messages without their stack frames, indented. */
function reason(messages: readonly string[]): string {
  const lines = stripVTControlCharacters(messages.join("\n"))
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^\s+at /.test(line));
  const text = lines.join("\n    ");
  return text === ""
    ? ""
    : `\n    ${text.length > REASON_LENGTH ? `${text.slice(0, REASON_LENGTH)}...` : text}`;
}

export function countStage(exitCode: number): TestCount {
  return { passed: 0, failed: exitCode === 0 ? 0 : 1 };
}

export function sum(counts: readonly TestCount[]): TestCount {
  return counts.reduce(
    (left, right) => ({ passed: left.passed + right.passed, failed: left.failed + right.failed }),
    { passed: 0, failed: 0 },
  );
}

/** The last line of `npm test`. */
export function testLine({ passed, failed }: TestCount): string {
  return `${passed} passed, ${failed} failed`;
}

/** A run that tested nothing has shown nothing. */
export function testExitCode({ passed, failed }: TestCount): number {
  return failed > 0 || passed === 0 ? 1 : 0;
}
