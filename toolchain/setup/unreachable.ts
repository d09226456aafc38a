import { z } from "zod";
import { readTextIfPresent, writeFileAtomically } from "./files";

/** How long a download site that did not answer is left alone, so that the next start takes no time. */
const HOURS = 6;

const recordSchema = z.record(z.string(), z.number());

function read(file: string): Record<string, number> {
  try {
    return recordSchema.parse(JSON.parse(readTextIfPresent(file) ?? "{}"));
  } catch {
    // A memory that cannot be read is worth nothing more than one attempt too many.
    return {};
  }
}

/** Whether `what` could not be downloaded a short while ago. */
export function wasUnreachable(file: string, what: string, now = Date.now()): boolean {
  const since = read(file)[what];
  return since !== undefined && now - since >= 0 && now - since < HOURS * 3_600_000;
}

export function rememberUnreachable(file: string, what: string, now = Date.now()): void {
  writeFileAtomically(file, `${JSON.stringify({ ...read(file), [what]: now }, undefined, 2)}\n`);
}
