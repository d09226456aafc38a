import { readdir, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { readManifest, type PackageManifest } from "./packageManifest";

export interface InstalledPackage {
  readonly directory: string;
  readonly manifest: PackageManifest;
}

/** Every package installed for a program, each once, nested ones and links included. */
export async function installedPackages(programDirectory: string): Promise<InstalledPackage[]> {
  const seen = new Set<string>();
  const roots = await nodeModulesFor(programDirectory);
  const found = await Promise.all(roots.map((root) => packagesIn(root, seen)));
  return found.flat().sort((a, b) => (a.directory < b.directory ? -1 : 1));
}

/** The nearest directory at or above this one that has a package.json. */
export async function packageRoot(directory: string): Promise<string | undefined> {
  for (const candidate of ancestors(directory)) {
    if (await readManifest(candidate)) return candidate;
  }
  return undefined;
}

/**
 * Node looks for packages in every node_modules from the program up to the root of the disk. What lies
 * above the nearest one counts only when that one holds nothing but links or tools of a workspace member,
 * so all are taken up to and including the first that holds the SDK.
 */
async function nodeModulesFor(programDirectory: string): Promise<string[]> {
  const found: string[] = [];
  for (const directory of ancestors(programDirectory)) {
    const nodeModules = join(directory, "node_modules");
    if ((await entries(nodeModules)).length === 0) continue;
    found.push(nodeModules);
    if (await readManifest(join(nodeModules, "@pulumi", "pulumi"))) break;
  }
  return found;
}

function ancestors(directory: string): string[] {
  const parent = dirname(directory);
  return parent === directory ? [directory] : [directory, ...ancestors(parent)];
}

async function packagesIn(nodeModules: string, seen: Set<string>): Promise<InstalledPackage[]> {
  if (seen.has(nodeModules)) return [];
  seen.add(nodeModules);
  const found = await Promise.all(
    (await entries(nodeModules)).map((name) => {
      const path = join(nodeModules, name);
      return name.startsWith("@") ? packagesIn(path, seen) : packageAt(path, seen);
    }),
  );
  return found.flat();
}

async function packageAt(path: string, seen: Set<string>): Promise<InstalledPackage[]> {
  const directory = await realpath(path).catch(() => undefined);
  if (directory === undefined || seen.has(directory)) return [];
  seen.add(directory);
  const [manifest, ...dependencies] = await Promise.all([
    readManifest(directory),
    packagesIn(join(directory, "node_modules"), seen),
    // A linked package finds its dependencies beside its real place (this is how pnpm lays them out).
    directory === path ? [] : packagesBeside(directory, seen),
  ]);
  return [...(manifest ? [{ directory, manifest }] : []), ...dependencies.flat()];
}

async function packagesBeside(directory: string, seen: Set<string>): Promise<InstalledPackage[]> {
  const parent = dirname(directory);
  const nodeModules = basename(parent).startsWith("@") ? dirname(parent) : parent;
  return basename(nodeModules) === "node_modules" ? packagesIn(nodeModules, seen) : [];
}

/** Names in a directory, without hidden ones (`.bin`, and the stores of pnpm and npm). */
async function entries(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  return names.filter((name) => !name.startsWith("."));
}
