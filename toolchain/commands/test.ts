import { mkdirSync, rmSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { whyNoCell } from "../../lab/cell/cellImage";
import { errorText } from "../setup/errors";
import { readTextIfPresent } from "../setup/files";
import type { ProjectPaths } from "../setup/paths";
import { stopPrivateEngine } from "../setup/privateEngine";
import { Progress } from "../setup/progress";
import { dockerClient } from "../setup/dockerClient";
import { setUp, SET_UP_STEPS, type Toolchain } from "../setup";
import { runInForeground } from "./childProcess";
import { prepareFarmImages } from "./images";
import {
  countStage,
  countTests,
  failedTests,
  sum,
  testExitCode,
  testLine,
  type TestCount,
} from "./testResults";

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/**
 * `npm test`: set-up, lint, types, all tests; with names of test projects, those only. The last line of
 * stdout counts the tests.
 */
export async function test(paths: ProjectPaths, args: readonly string[] = []): Promise<number> {
  const { only, settings } = testArguments(args);
  const toolchain = await prepare(paths);
  const counts: TestCount[] = [countStage(toolchain === undefined ? 1 : 0)];
  const failed: string[] = [];
  try {
    const env = { ...(toolchain?.env ?? process.env), ...settings };
    const stages = only.length === 0 ? STAGES : [];
    for (const [title, ...args] of stages) counts.push(countStage(await runStage(title, args, paths, env)));
    // Without a set-up the tests that need nothing but Node still tell something.
    const wanted = only.length === 0 ? ["unit", "engine", "lab", "e2e"] : only;
    const projects = await runnable(wanted, toolchain);
    for (const project of projects) {
      const { count, failed: names } = await runTests(project, paths, env);
      counts.push(count);
      failed.push(...names.map((name) => `${project}: ${name}`));
    }
  } finally {
    if (toolchain?.engine.privateEngine?.startedNow === true) {
      say("stopping the Docker engine that this run started");
      await stopPrivateEngine(paths);
    }
  }
  const total = sum(counts);
  for (const name of failed) process.stdout.write(`failed: ${name}\n`);
  process.stdout.write(`${testLine(total)}\n`);
  return testExitCode(total);
}

/** The test projects of a command line, and the settings of `npm run faults` and `npm run soak`, which the tests find in their environment. */
function testArguments(args: readonly string[]): { only: string[]; settings: NodeJS.ProcessEnv } {
  const text = { type: "string" } as const;
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { seed: text, points: text, minutes: text },
  });
  return {
    only: positionals,
    settings: {
      ...(values.seed === undefined ? {} : { WEBFARM_FAULTS_SEED: values.seed }),
      ...(values.points === undefined ? {} : { WEBFARM_FAULTS_POINTS: values.points }),
      ...(values.minutes === undefined ? {} : { WEBFARM_SOAK_MINUTES: values.minutes }),
    },
  };
}

/** The test projects that can run here; says why another one cannot. */
async function runnable(wanted: readonly string[], toolchain: Toolchain | undefined): Promise<string[]> {
  if (toolchain === undefined) return wanted.filter((project) => project === "unit");
  const reason = await whyNoCell(dockerClient(toolchain.engine.endpoint));
  if (reason === undefined || !wanted.includes("lab")) return [...wanted];
  say(`\n== Tests: lab: skipped. The laboratory cannot be here: ${reason}.`);
  return wanted.filter((project) => project !== "lab");
}

const STAGES = [
  ["ESLint", "node_modules/eslint/bin/eslint.js", "."],
  ["Prettier", "node_modules/prettier/bin/prettier.cjs", "--check", "."],
  ["Types", "node_modules/typescript/bin/tsc", "-p", "tsconfig.json"],
] as const;

/** Far more than any stage takes; without it one test that hangs would hold up all that follow. */
const STAGE_LIMIT_SECONDS = 2400;
const LONG_PROJECTS: readonly string[] = ["faults", "soak"];
const LONG_LIMIT_SECONDS = 7200;
const KILLED = 128 + constants.signals.SIGKILL;

async function prepare(paths: ProjectPaths): Promise<Toolchain | undefined> {
  const progress = new Progress({ total: SET_UP_STEPS + 1, write: say });
  try {
    const toolchain = await setUp(paths, "test", progress);
    await prepareFarmImages(toolchain, progress);
    return toolchain;
  } catch (error) {
    say(errorText(error));
    return undefined;
  }
}

async function runStage(
  title: string,
  args: readonly string[],
  paths: ProjectPaths,
  env: NodeJS.ProcessEnv,
  limitSeconds = STAGE_LIMIT_SECONDS,
): Promise<number> {
  say(`\n== ${title}`);
  const started = Date.now();
  const code = await runInForeground(process.execPath, args, {
    cwd: paths.root,
    env,
    limitSeconds,
  });
  const seconds = Math.round((Date.now() - started) / 1000);
  if (code === KILLED) say(`${title}: ended after ${limitSeconds} s, the limit for one stage`);
  say(`== ${title}: ${seconds} s`);
  return code;
}

async function runTests(
  project: string,
  paths: ProjectPaths,
  env: NodeJS.ProcessEnv,
): Promise<{ count: TestCount; failed: string[] }> {
  const report = join(paths.log, `tests-${project}.json`);
  mkdirSync(paths.log, { recursive: true });
  rmSync(report, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const args = ["node_modules/vitest/vitest.mjs", "run", "--project", project, ...reporters];
  const limit = LONG_PROJECTS.includes(project) ? LONG_LIMIT_SECONDS : STAGE_LIMIT_SECONDS;
  const code = await runStage(`Tests: ${project}`, args, paths, env, limit);
  const json = readTextIfPresent(report);
  return { count: countTests(json, code), failed: failedTests(json, paths.root) };
}
