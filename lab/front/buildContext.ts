import { PassThrough, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract, pack, type Header } from "tar-stream";
import { basesOf, translateDockerfile } from "./dockerfile";

export interface ContextOptions {
  /** Path of the Dockerfile inside the context. */
  readonly dockerfile: string;
  readonly buildArgs: Readonly<Record<string, string | null>>;
  /** Whether the programs of an image are Windows programs. */
  readonly isCell: (reference: string) => Promise<boolean>;
}

/**
 * A build context as it comes from a client, with its Dockerfile translated. What cannot be translated fails
 * the stream, and so the build, with the reason.
 */
export function translatedContext(context: Readable, options: ContextOptions): Readable {
  const archive = pack();
  const output = new PassThrough();
  // Whoever reads the output is told of a failure.
  pipeline(archive, output).catch(() => undefined);
  rewrite(context, archive, options).catch((error: unknown) => output.destroy(error as Error));
  return output;
}

async function rewrite(
  context: Readable,
  archive: ReturnType<typeof pack>,
  options: ContextOptions,
): Promise<void> {
  const entries = extract();
  const reading = unpackInto(entries, context);
  // Told below, when the entries are through.
  reading.catch(() => undefined);
  const wanted = plainName(options.dockerfile);
  for await (const entry of entries) {
    const { header } = entry as unknown as { header: Header };
    if (plainName(header.name) === wanted) {
      const text = await translated((await buffer(entry)).toString("utf8"), options);
      archive.entry({ ...header, size: Buffer.byteLength(text) }, text);
    } else {
      await pipeline(entry, archive.entry(header));
    }
  }
  await reading;
  archive.finalize();
}

async function translated(text: string, { buildArgs, isCell }: ContextOptions): Promise<string> {
  const cells = new Set<string>();
  for (const base of basesOf(text, buildArgs)) if (await isCell(base)) cells.add(base);
  return translateDockerfile(text, { buildArgs, isCell: (base) => cells.has(base) });
}

function plainName(name: string): string {
  return name
    .replaceAll("\\", "/")
    .replace(/^(\.?\/)+/, "")
    .toLowerCase();
}

/** Clients send the archive plain or, like `docker build --compress`, with gzip: its first bytes tell. */
async function unpackInto(entries: ReturnType<typeof extract>, context: Readable): Promise<void> {
  const chunks = context[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  const { value: first } = await chunks.next();
  const source = Readable.from(joined(first, chunks), { objectMode: false });
  const isCompressed = first?.[0] === 0x1f && first[1] === 0x8b;
  await (isCompressed ? pipeline(source, createGunzip(), entries) : pipeline(source, entries));
}

async function* joined(first: Buffer | undefined, rest: AsyncIterator<Buffer, undefined>) {
  for (let chunk = first; chunk !== undefined; chunk = (await rest.next()).value) yield chunk;
}
