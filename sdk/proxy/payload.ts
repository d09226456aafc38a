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

/** A command, and the environment that it needs. */
export interface PayloadCommand {
  command: string[];
  /** `NAME=value`: unlike the command's words, the engine shows it to nobody and no log of processes keeps it. */
  environment: string[];
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
  const commands = files.flatMap(({ name, text }) => {
    const pieces =
      Buffer.from(text)
        .toString("base64")
        .match(new RegExp(`.{1,${chunkLength}}`, "g")) ?? [];
    return pieces.map((piece) => ({
      command: ["cmd", "/s", "/c", `>>c:\\webfarm\\${id}-${name}.b64 echo %WEBFARM_PIECE%`],
      environment: [`WEBFARM_PIECE=${piece}`],
    }));
  });
  const configuration = files.find(({ name }) => name === "nginx.conf")?.text ?? "";
  return { commands, parameters: [id, String(Buffer.byteLength(configuration))] };
}

function payloadId(): string {
  return randomBytes(4).toString("hex");
}

function withLineEnd(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
