import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "./command";

/**
 * What a program of an unpacked tree loads when it starts: paths in an image -> files in the tree. The
 * tree's own loader is asked, so that no library of this machine gets in, and none that is missing goes
 * unnoticed.
 */
export async function sharedLibrariesOf(tree: string, program: string): Promise<Map<string, string>> {
  const { loader, multiarch } = await findLoader(tree);
  const libraryPath = ["lib", "usr/lib"].map((directory) => join(tree, directory, multiarch)).join(":");
  const listing = await runCommand(loader, ["--library-path", libraryPath, "--list", join(tree, program)], {
    timeoutSeconds: 30,
    environment: {},
  });
  const { found, missing } = parseLoaderListing(listing);
  if (missing.length > 0) {
    throw new Error(`${program} needs ${missing.join(", ")}, which none of the downloaded packages has`);
  }
  return new Map(
    [...found].map(([name, file]) => [name.startsWith("/") ? name : join("/lib", multiarch, name), file]),
  );
}

/** Lines such as `libz.so.1 => /tree/lib/x86_64-linux-gnu/libz.so.1 (0x00007f...)`. */
export function parseLoaderListing(listing: string): { found: Map<string, string>; missing: string[] } {
  const found = new Map<string, string>();
  const missing: string[] = [];
  for (const line of listing.split("\n")) {
    const [, name, target] = /^\s*(\S+) => (.+?)(?: \(0x[0-9a-f]+\))?$/.exec(line) ?? [];
    if (name === undefined || target === undefined) continue;
    if (target === "not found") missing.push(name);
    else found.set(name, target);
  }
  return { found, missing };
}

/** Debian keeps libraries in a directory named after the machine, such as lib/x86_64-linux-gnu. */
async function findLoader(tree: string): Promise<{ loader: string; multiarch: string }> {
  for (const directory of ["lib", "usr/lib"]) {
    for (const multiarch of await namesIn(join(tree, directory))) {
      if (!multiarch.includes("-linux-gnu")) continue;
      const loader = (await namesIn(join(tree, directory, multiarch))).find((name) =>
        name.startsWith("ld-linux"),
      );
      if (loader !== undefined) return { loader: join(tree, directory, multiarch, loader), multiarch };
    }
  }
  throw new Error("the libc6 package has no dynamic loader in lib/*-linux-gnu or usr/lib/*-linux-gnu");
}

function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}
