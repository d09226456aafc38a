import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A secret that a test plants, to be looked for afterwards wherever it must not be. */
export interface Marker {
  readonly name: string;
  readonly text: string;
}

/** The forms that a text takes on its way: as it is, as JSON and URLs have it, and in base64 at any offset. */
function formsOf(text: string): string[] {
  const base64 = [0, 1, 2].map((offset) =>
    // The first and last digits depend on what stands before and behind.
    Buffer.from(`${"x".repeat(offset)}${text}`)
      .toString("base64")
      .slice(offset === 0 ? 0 : 4, -4),
  );
  const hex = Buffer.from(text).toString("hex");
  return [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text), hex, ...base64];
}

/** `marker in place` for each marker that any of the texts holds, in any of its forms. */
export function leaks(markers: readonly Marker[], places: Readonly<Record<string, string>>): string[] {
  return Object.entries(places).flatMap(([place, content]) =>
    markers
      .filter(({ text }) => formsOf(text).some((form) => content.includes(form)))
      .map(({ name }) => `${name} in ${place}`),
  );
}

/** Every file below a directory by its path, without those in `except`. */
export function filesBelow(directory: string, except: readonly string[] = []): Record<string, string> {
  const entries = readdirSync(directory, { withFileTypes: true });
  const parts = entries
    .filter(({ name }) => !except.includes(name))
    .map((entry): Record<string, string> => {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return filesBelow(path, except);
      return entry.isFile() ? { [path]: readFileSync(path, "latin1") } : {};
    });
  return Object.assign({}, ...parts) as Record<string, string>;
}
