/** A text with the name it is known by in messages. */
export interface Source {
  readonly file: string;
  readonly text: string;
}

/** One point in a source. */
export interface Place {
  readonly source: Source;
  readonly offset: number;
}

/** The beginning of a source: for faults that are nowhere in particular. */
export function startOf(source: Source): Place {
  return { source, offset: 0 };
}

function lineAndColumn({ source, offset }: Place): { line: number; column: number; lineText: string } {
  const before = source.text.slice(0, offset);
  const line = before.split("\n").length;
  const lineStart = before.lastIndexOf("\n") + 1;
  const lineEnd = source.text.indexOf("\n", lineStart);
  const lineText = source.text.slice(lineStart, lineEnd === -1 ? undefined : lineEnd).replace(/\r$/, "");
  return { line, column: offset - lineStart + 1, lineText };
}

/** `docker-compose.yml:12:5`, as editors and terminals make links of it. */
export function whereIs(place: Place): string {
  const { line, column } = lineAndColumn(place);
  return `${place.source.file}:${line}:${column}`;
}

/** The line of a place, and below it a caret under the place. */
export function excerptOf(place: Place): string {
  const { line, column, lineText } = lineAndColumn(place);
  // A window around the place: a line may be as long as a whole file. Tabs would shift the caret.
  const from = Math.max(0, column - 61);
  const shown = lineText.slice(from, from + 100).replace(/[\t\0-\x1f]/g, " ");
  const gutter = `${line} | `;
  const caret = " ".repeat(String(line).length) + " | " + " ".repeat(column - 1 - from) + "^";
  return `${gutter}${shown}`.trimEnd() + `\n${caret}`;
}

/** Orders places as one reads: file by file in the order given, then from top to bottom. */
export function comparePlaces(files: readonly Source[]) {
  return (a: Place, b: Place) => files.indexOf(a.source) - files.indexOf(b.source) || a.offset - b.offset;
}
