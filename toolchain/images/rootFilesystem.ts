import { createHash } from "node:crypto";
import { posix } from "node:path";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";

export type Entry =
  | { readonly type: "directory"; readonly mode?: number }
  | { readonly type: "file"; readonly content: Buffer | string; readonly mode?: number }
  | { readonly type: "symlink"; readonly target: string };

/** Absolute path -> what is there. Parent directories need not be named. */
export type RootFilesystem = ReadonlyMap<string, Entry>;

/** Packs a file system so that the same entries always give the same bytes. */
export async function tarOf(filesystem: RootFilesystem): Promise<Buffer> {
  const archive = pack();
  const packed = buffer(archive);
  const complete = withParents(filesystem);
  for (const path of [...complete.keys()].sort()) {
    const entry = complete.get(path);
    if (entry) addEntry(archive, path, entry);
  }
  archive.finalize();
  return packed;
}

export function digestOf(...contents: readonly (Buffer | string)[]): string {
  const hash = createHash("sha256");
  // Lengths keep two lists apart whose joined contents are the same.
  for (const content of contents) hash.update(`${Buffer.byteLength(content)}:`).update(content);
  return hash.digest("hex").slice(0, 16);
}

function withParents(filesystem: RootFilesystem): Map<string, Entry> {
  const complete = new Map(filesystem);
  for (const path of filesystem.keys()) {
    for (let parent = posix.dirname(path); parent !== "/"; parent = posix.dirname(parent)) {
      if (!complete.has(parent)) complete.set(parent, { type: "directory" });
    }
  }
  return complete;
}

function addEntry(archive: ReturnType<typeof pack>, path: string, entry: Entry): void {
  const header = { name: path.slice(1), mtime: new Date(0), uid: 0, gid: 0 };
  switch (entry.type) {
    case "directory":
      archive.entry({ ...header, type: "directory", mode: entry.mode ?? 0o755 });
      return;
    case "symlink":
      archive.entry({ ...header, type: "symlink", linkname: entry.target, mode: 0o777 });
      return;
    case "file":
      archive.entry({ ...header, type: "file", mode: entry.mode ?? 0o644 }, entry.content);
  }
}
