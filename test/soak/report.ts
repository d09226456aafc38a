import { writeSection } from "../support/reliabilityDocument";
import { rounded, slack, type Figures } from "./figures";
import { groupOf } from "./model";
import type { SoakedStep, SoakResult } from "./soak";

/** The tables of a run, in Markdown. */
export function soakTables({ seed, minutes, steps, figures, faults }: SoakResult): string[] {
  const lostRequests = sum(steps, (step) => step.lost);
  return [
    `${minutes.toFixed(1)} minutes on an engine of the test's own (seed ${seed}): ${steps.length} steps, ` +
      `${sum(steps, (step) => step.requests)} requests, ${lostRequests} lost outside of declared windows; ` +
      (faults.length === 0 ? "nothing was other than promised." : `${faults.length} faults.`),
    "",
    "| step | times | longest | until all serve again, longest | requests | failed in its window | lost |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...[...new Set(steps.map(({ step }) => groupOf(step)))].sort().map((group) =>
      groupRow(
        group,
        steps.filter(({ step }) => groupOf(step) === group),
      ),
    ),
    "",
    `The same farm of 2 replicas, before the first step and after each round (${figures.length - 1}):`,
    "",
    "| | before | least | most | at the end | may grow by |",
    "| --- | --- | --- | --- | --- | --- |",
    ...(Object.keys(slack) as (keyof Figures)[]).map((key) => figureRow(key, figures)),
  ];
}

function groupRow(group: string, steps: readonly SoakedStep[]): string {
  const longest = (of: (step: SoakedStep) => number) => `${Math.max(...steps.map(of)).toFixed(1)} s`;
  const cells = [
    group,
    steps.length,
    longest(({ seconds }) => seconds),
    longest(({ settleSeconds }) => settleSeconds),
    sum(steps, ({ requests }) => requests),
    sum(steps, ({ excused }) => excused),
    sum(steps, ({ lost }) => lost),
  ];
  return row(cells);
}

function figureRow(key: keyof Figures, figures: readonly Figures[]): string {
  const all = figures.map((figure) => figure[key]);
  const cells = [all[0] ?? 0, Math.min(...all), Math.max(...all), all.at(-1) ?? 0].map(rounded);
  return row([slack[key].title, ...cells, slack[key].more]);
}

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.join(" | ")} |`;
}

function sum(steps: readonly SoakedStep[], of: (step: SoakedStep) => number): number {
  return steps.reduce((total, step) => total + of(step), 0);
}

/** Puts the figures of a run into the document. */
export function writeSoak(result: SoakResult): Promise<void> {
  return writeSection("soak", soakTables(result));
}
