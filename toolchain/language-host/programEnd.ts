import type { ProcessEnd } from "./nodeProcess";

/** How a program's end is told to the engine. */
export interface ProgramResult {
  readonly error: string;
  /** The program has already explained its failure; the engine adds nothing. */
  readonly bail: boolean;
}

/** The SDK's exit code for "failed, and the user has seen why". */
const exitCodeAlreadyExplained = 32;

export function programResult(end: ProcessEnd): ProgramResult {
  if (end.code === 0) return { error: "", bail: false };
  if (end.code === exitCodeAlreadyExplained) return { error: "", bail: true };
  return { error: endDescription(end), bail: false };
}

export function endDescription(end: ProcessEnd, what = "Program"): string {
  // 134 is SIGABRT as a shell reports it, and what Node's abort gives on Windows.
  const hint = end.signal === "SIGABRT" || end.code === 134 ? outOfMemory : "";
  if (end.code === null) return `${what} was ended by signal ${end.signal ?? "unknown"}${hint}`;
  return `${what} exited with non-zero exit code: ${end.code}${hint}`;
}

const outOfMemory =
  ". This is how Node ends when it runs out of memory; give it more with the runtime option " +
  '"nodeargs: --max-old-space-size=MEGABYTES" in Pulumi.yaml';
