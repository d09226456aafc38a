import { isatty } from "node:tty";
import picocolors from "picocolors";

/** Where a command writes to, and how. */
export interface Io {
  /** Results: text, or JSON with `--json`. */
  out: (line: string) => void;
  /** Everything that is no result. */
  note: (line: string) => void;
  /** True when results go to a terminal: colours and questions are for those only. */
  readonly terminal: boolean;
  readonly colours: Colours;
}

/** The few colours that output has; they do nothing where they are not wanted. */
export type Colours = ReturnType<typeof picocolors.createColors>;

/** Plain text, as pipes and tests get it. */
export const plain: Colours = picocolors.createColors(false);

/** The process's own output. */
export function processIo(): Io {
  // `process.stdout.isTTY` is undefined, not false, without a terminal, and then picocolors decides for itself: it
  // takes a CI job for a terminal.
  const terminal = isatty(1);
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    note: (line) => void process.stderr.write(`${line}\n`),
    terminal,
    colours: picocolors.createColors(terminal && !("NO_COLOR" in process.env)),
  };
}

/** Rows as columns that are as wide as their longest cell; colours do not count. */
export function columns(rows: readonly (readonly string[])[], gap = 2): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, width(cell))));
  }
  return rows.map((row) =>
    row
      .map((cell, index) => cell + " ".repeat((widths[index] ?? 0) - width(cell) + gap))
      .join("")
      .trimEnd(),
  );
}

const escapes = /\u001b\[\d+m/g;

function width(text: string): number {
  return text.replace(escapes, "").length;
}
