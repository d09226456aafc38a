/** The words of a command line, as a shell splits them; undefined when a quote is left open. */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let index = 0; index < line.length; index++) {
    const sign = line[index] ?? "";
    if (sign === "\\" && quote !== "'") word = (word ?? "") + (line[++index] ?? "");
    else if (quote !== undefined) {
      if (sign === quote) quote = undefined;
      else word = (word ?? "") + sign;
    } else if (sign === '"' || sign === "'") {
      quote = sign;
      word ??= "";
    } else if (/\s/.test(sign)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + sign;
  }
  if (quote !== undefined) return undefined;
  return word === undefined ? words : [...words, word];
}

/** Words as one line for a shell: POSIX' sh, or cmd. */
export function joinWords(words: readonly string[], platform: "windows" | "linux"): string {
  return words.map((word) => quoted(word, platform)).join(" ");
}

function quoted(word: string, platform: "windows" | "linux"): string {
  if (/^[\w./:=@%+,\\-]+$/.test(word) && !(platform === "linux" && word.includes("\\"))) return word;
  return platform === "windows" ? `"${word.replaceAll('"', '\\"')}"` : `'${word.replaceAll("'", "'\\''")}'`;
}
