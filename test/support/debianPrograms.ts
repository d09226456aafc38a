import { access, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { DebianDownloads, unpack } from "../../toolchain/images/debianPackages";
import { projectRoot } from "./projectRoot";

/**
 * Debian packages unpacked into `.webfarm/NAME`, not installed; resolves to the root of their files. What
 * was unpacked before is used again.
 *
 * @param options.dependencies also the packages that these need and this machine lacks
 */
export async function debianPrograms(
  name: string,
  packages: readonly string[],
  options: { dependencies?: boolean } = {},
): Promise<string> {
  const directory = join(projectRoot, ".webfarm", name);
  const root = join(directory, "root");
  if (await exists(root)) return root;
  // Beside the final place, so that a broken download leaves nothing that looks whole.
  const half = `${directory}.half`;
  await rm(half, { recursive: true, force: true });
  await mkdir(half, { recursive: true });
  const downloads = new DebianDownloads(half, console.log);
  const all = options.dependencies === true ? await downloads.withDependencies(packages) : packages;
  const found = await downloads.download(all);
  await unpack(found, join(half, "root"));
  await rm(directory, { recursive: true, force: true });
  await rename(half, directory);
  return root;
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
