import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import Docker from "dockerode";
import { prepareImages } from "../toolchain/images";
import { webappReference, webappVersions } from "../toolchain/images/imageNames";
import type { BenchContext, Result } from "./comparison";
import { comparisons } from "./comparisons";
import { machineOf } from "./machine";
import { plotOf } from "./plot";
import { markdown, toJson, type ComparisonResults } from "./report";

const usage = `usage: npm run bench -- [--short] [--only LETTERS] [--json FILE] [--docs]
  --short         fewer rounds and smaller farms
  --only a,d      some comparisons: ${comparisons.map(({ letter, title }) => `\n    ${letter}  ${title}`).join("")}
  --json FILE     writes name, ratio, goal and spread of each result
  --docs          writes docs/benchmarks.md and its plots
`;

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      short: { type: "boolean", default: false },
      only: { type: "string" },
      json: { type: "string" },
      docs: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const wanted = values.only?.split(",");
  const unknown = (wanted ?? []).filter((letter) => !comparisons.some((one) => one.letter === letter));
  if (unknown.length > 0) {
    process.stderr.write(`no comparison is called ${unknown.join(", ")}\n${usage}`);
    return 2;
  }
  // dist/bench/main.js, so the root is two directories up.
  const root = join(__dirname, "../..");
  const context = await prepare(root, values.short);
  const done: ComparisonResults[] = [];
  for (const comparison of comparisons) {
    if (wanted !== undefined && !wanted.includes(comparison.letter)) continue;
    say(`\n== ${comparison.letter}: ${comparison.title}`);
    const results = await comparison.run(context);
    for (const result of results) say(lineOf(result));
    done.push({ comparison, results });
  }
  const machine = await machineOf(context.docker);
  process.stdout.write(markdown(done, machine));
  if (values.json !== undefined) await writeFile(values.json, toJson(done));
  if (values.docs) await writeDocs(root, done, machine);
  return 0;
}

async function prepare(root: string, short: boolean): Promise<BenchContext> {
  const docker = new Docker();
  const { webapp, proxy } = await prepareImages({ docker, log: say });
  return {
    docker,
    root,
    short,
    say,
    images: { webapp, proxy, nextWebapp: webappReference(webappVersions[1]) },
  };
}

async function writeDocs(root: string, done: readonly ComparisonResults[], machine: string): Promise<void> {
  const pictures = done.map(({ comparison, results }) => ({
    file: `benchmarks-${comparison.letter}.svg`,
    letter: comparison.letter,
    svg: plotOf(comparison.title, results),
  }));
  for (const { file, svg } of pictures) await writeFile(join(root, "docs", file), svg);
  const files = new Map(pictures.map(({ letter, file }) => [letter, file]));
  await writeFile(join(root, "docs/benchmarks.md"), markdown(done, machine, files));
}

function lineOf({ name, ratio, goal }: Result): string {
  const wanted = goal === undefined ? "" : `, goal ${goal.toFixed(2)}`;
  return `${name}: ratio ${ratio.median.toFixed(2)} (${ratio.least.toFixed(2)} to ${ratio.greatest.toFixed(2)})${wanted}`;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
