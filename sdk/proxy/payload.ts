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
  commands: PayloadCommand[];
  /** What the script reads from its standard input. */
  input?: string;
  /** The script's first arguments: which files, how much. */
  parameters: string[];
}

/** A command, and what it needs. */
export interface PayloadCommand {
  command: string[];
  /** `NAME=value`: unlike the command's words, the engine shows it to nobody and no log of processes keeps it. */
  environment?: string[];
  /** What it reads from its standard input. */
  input?: string;
}

/**
 * Begins each file of a payload; the payload's id and the file's name follow. The id is drawn anew for each
 * payload, so that no line of a file can be taken for the beginning of another one.
 */
export const fileMark = "#webfarm-file ";

/** The payload for a POSIX shell, which reads bytes. */
export function encodeBytes(files: readonly ProxyFile[]): Payload {
  const id = payloadId();
  const input = files.map(({ name, text }) => `${fileMark}${id} ${name}\n${withLineEnd(text)}`).join("");
  return { commands: [], input, parameters: [id, String(Buffer.byteLength(input))] };
}

/** A command line of cmd ends at 8191 characters. */
const chunkLength = 7000;

/**
 * The payload for cmd, which cannot read a number of bytes or lines from a pipe: pieces of base64 that one
 * `echo` each appends to a file, which the script decodes. The redirection comes first, as a digit before it
 * would be taken for a handle. A piece may be of a private key: it travels in the environment.
 */
export function encodePieces(files: readonly ProxyFile[]): Payload {
  const id = payloadId();
  const commands = files.flatMap(({ name, text }) => piecesOf(text, `c:\\webfarm\\${id}-${name}.b64`));
  const configuration = files.find(({ name }) => name === "nginx.conf")?.text ?? "";
  return { commands, parameters: [id, String(Buffer.byteLength(configuration))] };
}

/** Commands that append a text in base64 to a file. */
function piecesOf(text: string, file: string): PayloadCommand[] {
  const pieces =
    Buffer.from(text)
      .toString("base64")
      .match(new RegExp(`.{1,${chunkLength}}`, "g")) ?? [];
  return pieces.map((piece) => ({
    command: ["cmd", "/s", "/c", `>>${file} echo %WEBFARM_PIECE%`],
    environment: [`WEBFARM_PIECE=${piece}`],
  }));
}

/** Writes one file in a POSIX shell; it is there whole or not at all. */
export function writeBytes(path: string, text: string): PayloadCommand[] {
  const script = 'head -c "$1" > "$2.$$" && mv "$2.$$" "$2"';
  const command = ["sh", "-c", script, "sh", String(Buffer.byteLength(text)), path];
  return [{ command, input: text }];
}

/** Writes one file in cmd; it is there whole or not at all. */
export function writePieces(path: string, text: string): PayloadCommand[] {
  const part = `c:\\webfarm\\${payloadId()}`;
  const decode = `certutil -f -decode ${part}.b64 ${part}.new >nul & move /y ${part}.new ${path} >nul & del ${part}.b64`;
  return [...piecesOf(text, `${part}.b64`), { command: ["cmd", "/s", "/c", decode] }];
}

function payloadId(): string {
  return randomBytes(4).toString("hex");
}

function withLineEnd(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
