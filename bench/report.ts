import type { Comparison, Result } from "./comparison";
import type { Spread } from "./statistics";

/** A comparison with what it measured. */
export interface ComparisonResults {
  readonly comparison: Pick<Comparison, "letter" | "title">;
  readonly results: readonly Result[];
}

/** The results as a page; `plots` names the picture of each comparison by its letter. */
export function markdown(
  done: readonly ComparisonResults[],
  machine: string,
  plots: ReadonlyMap<string, string> = new Map(),
): string {
  const sections = done.map(({ comparison: { letter, title }, results }) => {
    const plot = plots.get(letter);
    return [
      `## ${letter}. ${title}`,
      "",
      ...(plot === undefined ? [] : [`![${title}](${plot})`, ""]),
      ...table(results),
      ...notes(results),
      "",
    ].join("\n");
  });
  return [
    "# Benchmarks",
    "",
    "Written by `npm run bench -- --docs`. Both sides of a comparison are measured in turns, after a round that",
    "does not count; a ratio is ours to the other's, round by round: median, and least to greatest in brackets.",
    "",
    `Measured on ${machine}`,
    "",
    ...sections,
  ].join("\n");
}

function table(results: readonly Result[]): string[] {
  const rows = results.map((result) => {
    const { name, unit, ours, other, ratio, rounds } = result;
    const cells = [
      name,
      `${ours.label}: ${figures(ours.figures)} ${unit}`,
      `${other.label}: ${figures(other.figures)} ${unit}`,
      figures(ratio),
      verdict(result),
      String(rounds),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "| what | ours | other | ratio | goal | rounds |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
  ];
}

function notes(results: readonly Result[]): string[] {
  const lines = results.flatMap(({ name, note }) => (note === undefined ? [] : [`- ${name}: ${note}.`]));
  return lines.length === 0 ? [] : ["", ...lines];
}

function verdict({ ratio, goal }: Result): string {
  if (goal === undefined) return "";
  return `${ratio.median <= goal ? "reached" : "**missed**"}, ≤ ${Number(goal.toFixed(2))}`;
}

function figures({ median, least, greatest }: Spread): string {
  return `${short(median)} (${short(least)} to ${short(greatest)})`;
}

/** Three digits that count. */
export function short(value: number): string {
  const magnitude = Math.abs(value);
  const decimals = magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : magnitude >= 0.1 ? 2 : 4;
  return value.toFixed(decimals);
}

/** Name, ratio, goal and spread of each result, for programs. */
export function toJson(done: readonly ComparisonResults[]): string {
  const rows = done.flatMap(({ comparison: { letter }, results }) =>
    results.map(({ name, ratio, goal }) => ({
      name: `${letter}: ${name}`,
      ratio: ratio.median,
      goal: goal ?? null,
      spread: [ratio.least, ratio.greatest],
    })),
  );
  return `${JSON.stringify(rows, null, 2)}\n`;
}
