/** A file inside the proxy. */
export interface ProxyFile {
  /** Name inside the proxy's directory, such as `nginx.conf`. */
  name: string;
  text: string;
}

/** What a reload writes to the script's standard input, and the size that the script is told. */
export interface Payload {
  input: string;
  /** Bytes on Linux, lines on Windows: how much the script reads. */
  size: number;
}

/** Begins each file of a payload; the file's name follows. */
export const fileMark = "#webfarm-file ";

/** The payload for a POSIX shell, which reads bytes. */
export function encodeBytes(files: readonly ProxyFile[]): Payload {
  const input = files.map(({ name, text }) => `${fileMark}${name}\n${withLineEnd(text)}`).join("");
  return { input, size: Buffer.byteLength(input) };
}

/**
 * The payload for cmd, which reads line by line with `set /p`: no empty lines, as `set /p` takes them for
 * no answer, and the line ends of Windows.
 */
export function encodeLines(files: readonly ProxyFile[]): Payload {
  const lines = files.flatMap(({ name, text }) => [
    `${fileMark}${name}`,
    ...text.split(/\r?\n/).filter((line) => line.trim() !== ""),
  ]);
  return { input: lines.map((line) => `${line}\r\n`).join(""), size: lines.length };
}

/** `set /p` takes 1021 characters at most, and delayed expansion eats exclamation marks. */
const cmdLine = { longest: 1000, forbidden: /[!\0-\x08\x0b\x0c\x0e-\x1f]/ };

/** What cmd could not carry of a text, or undefined: for texts that a user gives. */
export function cmdFault(text: string): string | undefined {
  const lines = text.split(/\r?\n/);
  const long = lines.findIndex((line) => line.length > cmdLine.longest);
  if (long >= 0) return `line ${long + 1} is longer than ${cmdLine.longest} characters`;
  const bad = lines.findIndex((line) => cmdLine.forbidden.test(line));
  return bad >= 0 ? `line ${bad + 1} holds an exclamation mark or a control character` : undefined;
}

function withLineEnd(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
