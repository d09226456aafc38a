import { writeSection } from "../support/reliabilityDocument";
import type { Outcome } from "./interrupt";
import { operations, victims, type Interruption } from "./interruptions";

/** One case for a person who looks on. */
export function outcomeLine(outcome: Outcome): string {
  const { victim, operation, fraction, interrupted, endSeconds, commands, repairSeconds } = outcome;
  const moment = interrupted ? `at ${(fraction * 100).toFixed(0)} %` : "was over before";
  return (
    `${outcome.faults.length === 0 ? "good" : "BAD "} ${victim} in ${operation} ${moment}: ended in ${endSeconds.toFixed(1)} s; ` +
    `${commands.join(", ")}: ${repairSeconds.toFixed(1)} s; ${outcome.requests} requests, ${outcome.failed} failed`
  );
}

/** Puts the figures of a run into the document. */
export async function writeInterruptions(outcomes: readonly Outcome[], seed: number): Promise<void> {
  await writeSection("interrupted", [
    `${outcomes.length} updates on an engine of the test's own (seed ${seed}), ` +
      `${outcomes.filter(({ interrupted }) => interrupted).length} of them cut off before they were over, ` +
      `${outcomes.filter(({ faults }) => faults.length === 0).length} put right as promised.`,
    "",
    "| killed | cases | in | CLI ended within | needed a `cancel` | repaired within | requests | failed |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...victims.flatMap((victim) =>
      rowOf(
        victim,
        outcomes.filter((outcome) => outcome.victim === victim),
      ),
    ),
  ]);
}

function rowOf(victim: Interruption["victim"], outcomes: readonly Outcome[]): string[] {
  if (outcomes.length === 0) return [];
  const longest = (of: (outcome: Outcome) => number) => `${Math.max(...outcomes.map(of)).toFixed(1)} s`;
  const sum = (of: (outcome: Outcome) => number) =>
    outcomes.reduce((total, outcome) => total + of(outcome), 0);
  const counts = operations
    .map(
      (operation) =>
        [operation, outcomes.filter((outcome) => outcome.operation === operation).length] as const,
    )
    .filter(([, count]) => count > 0)
    .map(([operation, count]) => `${operation} ${count}`);
  const cells = [
    names[victim],
    outcomes.length,
    counts.join(", "),
    longest(({ endSeconds }) => endSeconds),
    outcomes.filter(({ commands }) => commands.includes("cancel")).length,
    longest(({ repairSeconds }) => repairSeconds),
    sum(({ requests }) => requests),
    sum(({ failed }) => failed),
  ];
  return [`| ${cells.join(" | ")} |`];
}

const names: Record<Interruption["victim"], string> = {
  cli: "Pulumi CLI",
  program: "program",
  languageHost: "language host",
  plugin: "docker plugin",
  engine: "Docker engine",
  ctrlC: "nobody: Ctrl-C once",
};

/** An `up` before an engine that is bad in one way. */
export interface EngineFaultRow {
  engine: string;
  /** Seconds until the `up` ended. */
  seconds: number;
  /** What it said. */
  words: string;
}

/** Puts the figures of the engine's faults into the document. */
export function writeEngineFaults(rows: readonly EngineFaultRow[]): Promise<void> {
  return writeEngineSection("engine", rows);
}

/** Puts the figures of what happens to an engine behind an `up`'s back into the document. */
export function writeSurprises(rows: readonly EngineFaultRow[]): Promise<void> {
  return writeEngineSection("surprises", rows);
}

function writeEngineSection(section: string, rows: readonly EngineFaultRow[]): Promise<void> {
  return writeSection(section, [
    "| the engine | the `up` ended after | its words | the next `up` |",
    "| --- | --- | --- | --- |",
    ...rows.map(
      ({ engine, seconds, words }) => `| ${engine} | ${seconds.toFixed(1)} s | \`${words}\` | is good |`,
    ),
  ]);
}
