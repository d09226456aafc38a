import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./projectRoot";

const markdownIn = (folder: string): string[] =>
  readdirSync(join(projectRoot, folder))
    .filter((file) => file.endsWith(".md"))
    .map((file) => join(folder, file));

/** Every page that people read, as paths from the project's root; `docs/api` is generated, and not among them. */
export const pages: readonly string[] = [
  ...markdownIn("."),
  ...markdownIn("docs"),
  ...["lab/README.md", "toolchain/README.md", "examples/README.md"].filter((page) =>
    existsSync(join(projectRoot, page)),
  ),
];

/** A page's text. */
export function textOf(page: string): string {
  return readFileSync(join(projectRoot, page), "utf8");
}

/** A fenced block of a page. */
export interface Block {
  page: string;
  /** The line of the fence, from 1. */
  line: number;
  /** `ts`, `sh`, ...; empty for output. */
  language: string;
  text: string;
  /** NAME of a comment `<!-- output: NAME -->` above it: something is said to print this. */
  output?: string;
}

/** The fenced blocks of a page. */
export function blocksOf(page: string): Block[] {
  const lines = textOf(page).split("\n");
  const blocks: Block[] = [];
  for (let index = 0; index < lines.length; index++) {
    const language = /^```(\w*)$/.exec(lines[index] ?? "")?.[1];
    if (language === undefined) continue;
    const end = lines.indexOf("```", index + 1);
    if (end < 0) throw new Error(`${page}:${index + 1}: the block has no end`);
    const above = lines[index - 1] === "" ? lines[index - 2] : lines[index - 1];
    const output = /^<!-- output: ([\w-]+) -->$/.exec(above ?? "")?.[1];
    blocks.push({
      page,
      line: index + 1,
      language,
      text: lines.slice(index + 1, end).join("\n"),
      ...(output === undefined ? {} : { output }),
    });
    index = end;
  }
  return blocks;
}

/** All blocks of all pages. */
export const allBlocks = (): Block[] => pages.flatMap(blocksOf);

/** Where a block stands, for messages. */
export const placeOf = ({ page, line }: Block): string => `${page}:${line}`;

/**
 * What differs from run to run, taken out of an output: names that the docker plugin and the engine draw, digests,
 * addresses, ports, times, tags of images, and the padding of columns.
 */
export function withoutChance(text: string): string {
  return (
    text
      .replace(/\b[0-9a-f]{64}\b/g, "DIGEST")
      .replace(/\b([a-z][\w-]*-)[0-9a-f]{7}\b/g, "$1ID")
      .replace(/\b\d{1,3}(\.\d{1,3}){3}\b/g, "ADDRESS")
      .replace(/\blocalhost:\d+/g, "localhost:PORT")
      .replace(/\bADDRESS:\d+/g, "ADDRESS:PORT")
      .replace(/\bport \d+ ->/g, "port PORT ->")
      // Official ones, or those that the set-up made.
      .replace(/(?:[\w.-]+\/)*(webapp|nginx|busybox):[\w.-]+/g, "$1:TAG")
      .replace(/ --host \S+/g, "")
      .replace(
        /\bUp (\d+|about an?|less than a) (second|minute|hour)s?( \((healthy|health: starting)\))?/gi,
        "Up TIME",
      )
      .replace(/\b\d+(\.\d+)? s\b/g, "TIME")
      .replace(/ {2,}/g, "  ")
      .replace(/[ \t]+$/gm, "")
  );
}

/** The outputs that real runs of `test/e2e/docs.test.ts` make; `test/unit/docsOutputs.test.ts` has the others. */
export const outputsOfRuns = [
  "npm-start",
  "scale-preview-diff",
  "scale-up",
  "status",
  "migration-preview",
] as const;
