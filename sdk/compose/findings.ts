import { closest, distance } from "fastest-levenshtein";
import { FarmError, type FarmIssue, type FarmIssueCode } from "../schema/farmError";
import { excerptOf, whereIs, type Place } from "./place";

/** Thrown with every fault of the compose files at once; each issue's path is `file:line:column`. */
export class ComposeError extends FarmError {
  /**
   * Made by the readers of compose files.
   *
   * @param subject the files, such as `docker-compose.yml`
   * @param issues every fault found; at least one
   */
  constructor(subject: string, issues: readonly FarmIssue[]) {
    super(subject, issues);
    this.name = "ComposeError";
  }
}

/** Something of the files that the farm does in its own way; worth a look, no fault. */
export interface ComposeNote {
  /** `file:line:column`. */
  path: string;
  /** What the farm does, and what of the file it does not use. */
  message: string;
}

/** Gathers what is found on the way through the files, so that one error can name it all. */
export class Findings {
  private readonly found: (FarmIssue & { at: Place })[] = [];
  private readonly noted: (ComposeNote & { at: Place })[] = [];

  get failed(): boolean {
    return this.found.length > 0;
  }

  /** Where something is missing so far, such as the value of a variable. */
  get missing(): ReadonlySet<string> {
    return new Set(this.found.flatMap(({ code, path }) => (code === "required" ? path : [])));
  }

  refuse(at: Place, code: FarmIssueCode, message: string, hint?: string): void {
    const path = whereIs(at);
    // An anchor that is used twice is at fault once.
    if (this.found.some((issue) => issue.path === path && issue.message === message)) return;
    const issue = { path, code, message, excerpt: excerptOf(at), at };
    this.found.push(hint === undefined ? issue : { ...issue, hint });
  }

  note(at: Place, message: string): void {
    const path = whereIs(at);
    if (this.noted.some((note) => note.path === path && note.message === message)) return;
    this.noted.push({ path, message, at });
  }

  /** A key that nobody knows, with the one that was probably meant. */
  unknownKey(at: Place, key: string, known: readonly string[]): void {
    const guess = known.length === 0 ? undefined : closest(key, known);
    const near = guess !== undefined && distance(key, guess) <= Math.max(2, Math.floor(key.length / 3));
    this.refuse(
      at,
      "unknownKey",
      `no such key: ${key}`,
      near ? `did you mean ${guess}?` : "remove it, or begin its name with x- to keep it as an extension",
    );
  }

  /** What was noted, in the order of the files. */
  notes(order: (a: Place, b: Place) => number): ComposeNote[] {
    return this.noted.sort((a, b) => order(a.at, b.at)).map(({ path, message }) => ({ path, message }));
  }

  /** The faults in the order of the files. */
  issues(order: (a: Place, b: Place) => number): FarmIssue[] {
    return this.found
      .sort((a, b) => order(a.at, b.at))
      .map(({ path, code, message, hint, excerpt }) => ({
        path,
        code,
        message,
        ...(hint === undefined ? {} : { hint }),
        ...(excerpt === undefined ? {} : { excerpt }),
      }));
  }
}
