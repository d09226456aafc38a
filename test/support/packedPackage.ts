import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { nodeModules, projectRoot } from "./projectRoot";

/** A file of a package as npm lists it. */
export interface PackedFile {
  path: string;
  /** Bytes. */
  size: number;
}

/** The package as it would be published. */
export interface PackedPackage {
  /** The archive; it is in a directory of its own, made for the test. */
  archive: string;
  files: PackedFile[];
  /** Bytes of the archive. */
  size: number;
}

/** Not sources: what a build, an install or a run makes. */
const made = new Set([".git", ".webfarm", "dist", "node_modules"]);

/**
 * Packs the project as `npm publish` would, from a copy of its sources, so that the build that others use here
 * stays as it is, and what an old build left in it is in no package.
 */
export async function packProject(): Promise<PackedPackage> {
  const directory = await temporary("webfarm-pack-");
  const copy = join(directory, "project");
  await cp(projectRoot, copy, {
    recursive: true,
    filter: (source) => !(dirname(source) === projectRoot && made.has(basename(source))),
  });
  await symlink(nodeModules, join(copy, "node_modules"));
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", directory], copy);
  // The build's own lines may come before.
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf("[\n"))) as [PackedPackage & { filename: string }];
  await rm(copy, { recursive: true });
  return { archive: join(directory, packed.filename), files: packed.files, size: packed.size };
}

/** An npm project in a directory of its own. */
export class NpmProject {
  private constructor(readonly directory: string) {}

  static async create(files: Readonly<Record<string, string>>): Promise<NpmProject> {
    const project = new NpmProject(await temporary("webfarm-npm-"));
    for (const [name, text] of Object.entries(files)) await project.write(name, text);
    return project;
  }

  async write(name: string, text: string): Promise<void> {
    const file = join(this.directory, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }

  /** Installs packages, from the registry or from archives, without running their scripts. */
  async install(...packages: string[]): Promise<void> {
    const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
    await run("npm", ["install", ...flags, ...packages], this.directory);
  }

  /** What a program of the project prints; a program that fails throws with all it printed. */
  async run(file: string, ...args: string[]): Promise<string> {
    return (await run(file, args, this.directory)).stdout;
  }

  remove(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true });
  }
}

/** Without links in its path: tools resolve them, and the two would be different files. */
async function temporary(prefix: string): Promise<string> {
  return realpath(await mkdtemp(join(tmpdir(), prefix)));
}

async function run(file: string, args: string[], cwd: string) {
  try {
    return await promisify(execFile)(file, args, { cwd, timeout: 280_000, maxBuffer: 1 << 26 });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${file} ${args.join(" ")} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
