import { randomBytes } from "node:crypto";

/** A file inside the proxy. */
export interface ProxyFile {
  /** Name inside the proxy's directory, such as `nginx.conf`. */
  name: string;
  text: string;
}

/** How the files of a reload get to its script. */
export interface Payload {
  /** Commands that bring the files in beforehand, one after the other. */
  commands: string[][];
  /** What the script reads from its standard input. */
  input?: string;
  /** The script's first arguments: which files, how much. */
  parameters: string[];
}

/** Begins each file of a payload; the file's name follows. */
export const fileMark = "#webfarm-file ";

/** The payload for a POSIX shell, which reads bytes. */
export function encodeBytes(files: readonly ProxyFile[]): Payload {
  const input = files.map(({ name, text }) => `${fileMark}${name}\n${withLineEnd(text)}`).join("");
  return { commands: [], input, parameters: [String(Buffer.byteLength(input))] };
}

/** A command line of cmd ends at 8191 characters. */
const chunkLength = 7000;

/**
 * The payload for cmd, which cannot read a number of bytes or lines from a pipe: pieces of base64 that one
 * `echo` each appends to a file, which the script decodes. The redirection comes first, as a digit before it
 * would be taken for a handle.
 */
export function encodePieces(files: readonly ProxyFile[]): Payload {
  const id = randomBytes(4).toString("hex");
  const commands = files.flatMap(({ name, text }) => {
    const pieces =
      Buffer.from(text)
        .toString("base64")
        .match(new RegExp(`.{1,${chunkLength}}`, "g")) ?? [];
    return pieces.map((piece) => ["cmd", "/s", "/c", `>>c:\\webfarm\\${id}-${name}.b64 echo ${piece}`]);
  });
  const configuration = files.find(({ name }) => name === "nginx.conf")?.text ?? "";
  return { commands, parameters: [id, String(Buffer.byteLength(configuration))] };
}

function withLineEnd(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
