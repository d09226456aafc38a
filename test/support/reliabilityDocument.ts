import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { format } from "prettier";

const document = join(__dirname, "../../docs/reliability.md");

/** Replaces what stands between the two marks of a section of docs/reliability.md. */
export async function writeSection(section: string, lines: readonly string[]): Promise<void> {
  const text = await readFile(document, "utf8");
  const [begin, end] = [`<!-- begin ${section} -->`, `<!-- end ${section} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/reliability.md has no section ${section}`);
  const next = [text.slice(0, from) + begin, "", ...lines, "", text.slice(to)].join("\n");
  await writeFile(document, await format(next, { parser: "markdown", printWidth: 110 }));
}
