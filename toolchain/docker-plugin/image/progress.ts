import { addAbortSignal, Readable } from "node:stream";
import { ProviderError } from "../errors";

interface ProgressMessage {
  readonly stream?: string;
  readonly status?: string;
  readonly id?: string;
  readonly error?: string;
  readonly aux?: { readonly ID?: string; readonly Digest?: string };
}

export interface ProgressResult {
  /** Of a build: the image's id. */
  readonly id?: string;
  /** Of a push: the manifest's digest. */
  readonly digest?: string;
}

/** Reads the engine's progress messages to their end; a failure among them is thrown. */
export async function followProgress(
  stream: NodeJS.ReadableStream,
  signal: AbortSignal,
  report: (line: string) => void,
): Promise<ProgressResult> {
  const result: { id?: string; digest?: string } = {};
  for await (const line of lines(stream, signal)) {
    const message = JSON.parse(line) as ProgressMessage;
    if (message.error !== undefined) throw new ProviderError(message.error);
    if (message.aux?.ID !== undefined) result.id = message.aux.ID;
    if (message.aux?.Digest !== undefined) result.digest = message.aux.Digest;
    const text = message.stream ?? [message.id, message.status].filter(Boolean).join(": ");
    if (text.trim() !== "") report(text.trimEnd());
  }
  return result;
}

/** Unlike node:readline, passes on that the input failed. */
async function* lines(input: NodeJS.ReadableStream, signal: AbortSignal): AsyncGenerator<string> {
  if (input instanceof Readable) addAbortSignal(signal, input);
  let rest = "";
  for await (const chunk of input.setEncoding("utf8")) {
    const parts = (rest + String(chunk)).split("\n");
    rest = parts.pop() ?? "";
    yield* parts.filter((line) => line.trim() !== "");
  }
  if (rest.trim() !== "") yield rest;
}
