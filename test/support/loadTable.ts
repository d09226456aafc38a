import type { Load, LoadReport } from "./load";

/** What a load saw while something changed. */
export interface LoadRow {
  change: string;
  seconds: number;
  report: LoadReport;
}

/** Makes a row of what the load sees while `work` runs. */
export async function rowDuring(load: Load, change: string, work: () => Promise<unknown>): Promise<LoadRow> {
  const started = Date.now();
  await work();
  return { change, seconds: (Date.now() - started) / 1000, report: load.take() };
}

/** The rows as a table for a person. */
export function loadTable(rows: readonly LoadRow[]): string {
  const line = (cells: readonly (string | number)[]) =>
    cells.map((cell, index) => String(cell).padEnd(index === 0 ? 33 : 17)).join("");
  return [
    "",
    line(["change", "seconds", "requests", "failed or wrong", "retried", "replicas that answered"]),
    ...rows.map(({ change, seconds, report }) =>
      line([
        change,
        seconds.toFixed(1),
        report.ok,
        report.failed,
        report.retried,
        Object.keys(report.answers).sort().join(" "),
      ]),
    ),
  ].join("\n");
}
