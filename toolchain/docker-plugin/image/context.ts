import dockerignore from "@balena/dockerignore";
import { createHash } from "node:crypto";
import {
  createReadStream,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  type Stats,
} from "node:fs";
import { basename, isAbsolute, join, relative, sep } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { type Header, pack, type Pack } from "tar-stream";

interface ContextEntry {
  /** Relative to the context, with forward slashes. */
  readonly path: string;
  readonly file: string;
  readonly stats: Stats;
}

type EntryHeader = Partial<Header> & { name: string };

/** Where a Dockerfile outside of the context is put in the archive. */
const OUTSIDE_DOCKERFILE = ".pulumi.Dockerfile";

/** The Dockerfile's path as the builder has to be told. */
export function dockerfileInContext(directory: string, dockerfile: string): string {
  const path = relative(directory, dockerfile);
  const isOutside = path.startsWith("..") || isAbsolute(path);
  return isOutside ? OUTSIDE_DOCKERFILE : toSlashes(path);
}

/**
 * A digest of all that the build sees: names, modes and contents, derived as the official plugin does, so
 * that a stack can change from one to the other without building anew.
 */
export async function contextDigest(directory: string, dockerfile: string): Promise<string> {
  const digest = createHash("sha256");
  const add = (name: string, mode: string, content: Buffer): void => {
    digest.update(name).update(mode).update(content).update(Buffer.of(0));
  };
  // Once under a fixed name, wherever the Dockerfile is and whatever it is called.
  add("Dockerfile", "----------", await fileDigest(dockerfile));
  for (const { path, file, stats } of contextEntries(directory, dockerfile)) {
    if (stats.isDirectory()) continue;
    const content = stats.isSymbolicLink()
      ? createHash("sha256")
          .update(toSlashes(linkTarget(file)))
          .digest()
      : await fileDigest(file);
    add(path, modeText(stats), content);
  }
  return digest.digest("hex");
}

async function fileDigest(file: string): Promise<Buffer> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest();
}

/** The build context as the tar archive that the engine's builder reads. */
export function contextArchive(directory: string, dockerfile: string): Readable {
  const archive = pack();
  writeEntries(archive, directory, dockerfile).then(
    () => {
      archive.finalize();
    },
    (error: unknown) => {
      archive.destroy(error instanceof Error ? error : new Error(String(error)));
    },
  );
  return Readable.from(archive);
}

async function writeEntries(archive: Pack, directory: string, dockerfile: string): Promise<void> {
  for (const { path, file, stats } of contextEntries(directory, dockerfile)) {
    const header: EntryHeader = { name: path, mode: stats.mode & 0o7777, mtime: stats.mtime };
    if (stats.isDirectory()) await writeEntry(archive, { ...header, type: "directory" });
    else if (stats.isSymbolicLink()) {
      await writeEntry(archive, { ...header, type: "symlink", linkname: readlinkSync(file) });
    } else if (stats.isFile()) await writeEntry(archive, header, await buffer(createReadStream(file)));
  }
  if (dockerfileInContext(directory, dockerfile) === OUTSIDE_DOCKERFILE) {
    await writeEntry(archive, { name: OUTSIDE_DOCKERFILE }, readFileSync(dockerfile));
  }
}

function writeEntry(archive: Pack, header: EntryHeader, content = Buffer.alloc(0)): Promise<void> {
  return new Promise((resolve, reject) => {
    archive.entry(header, content, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

function contextEntries(directory: string, dockerfile: string): ContextEntry[] {
  const patterns = ignorePatterns(directory, dockerfile);
  const filter = dockerignore().add(patterns);
  const hasExceptions = patterns.some((pattern) => pattern.startsWith("!"));
  const inContext = dockerfileInContext(directory, dockerfile);

  const walk = (parent: string): ContextEntry[] =>
    readdirSync(join(directory, parent))
      .sort()
      .flatMap((name) => {
        const path = parent === "" ? name : `${parent}/${name}`;
        const file = join(directory, path);
        const stats = lstatSync(file);
        const isIgnored = filter.ignores(path) && path !== inContext;
        const below =
          stats.isDirectory() && (!isIgnored || hasExceptions || inContext.startsWith(`${path}/`))
            ? walk(path)
            : [];
        return isIgnored && below.length === 0 ? [] : [{ path, file, stats }, ...below];
      });
  return walk("");
}

function ignorePatterns(directory: string, dockerfile: string): string[] {
  const own = `${dockerfile}.dockerignore`;
  const file =
    basename(dockerfile) !== "Dockerfile" && existsSync(own) ? own : join(directory, ".dockerignore");
  return existsSync(file) ? readFileSync(file, "utf8").split(/\r?\n/) : [];
}

function linkTarget(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return readlinkSync(file);
  }
}

function toSlashes(path: string): string {
  return path.split(sep).join("/");
}

/** A file mode as Go writes it: `-rw-r--r--`. */
function modeText(stats: Stats): string {
  const special =
    (stats.isSymbolicLink() ? "L" : "") +
    (stats.mode & 0o4000 ? "u" : "") +
    (stats.mode & 0o2000 ? "g" : "") +
    (stats.mode & 0o1000 ? "t" : "");
  const permissions = Array.from({ length: 9 }, (_, index) =>
    stats.mode & (1 << (8 - index)) ? "rwx".charAt(index % 3) : "-",
  );
  return (special === "" ? "-" : special) + permissions.join("");
}
