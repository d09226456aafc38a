import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { hasCommand, runCommand } from "./command";

const downloadSeconds = 180;

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly file: string;
  readonly depends: readonly string[];
}

/**
 * Downloads Debian packages without installing anything. Uses the machine's package lists, and fetches
 * lists of its own into `directory` when those are missing or name files that are gone.
 */
export class DebianDownloads {
  readonly #directory: string;
  readonly #log: (line: string) => void;
  #options: readonly string[];

  /** @param architectures those whose packages may be asked for, as `NAME:ARCHITECTURE`, beside this machine's own */
  constructor(directory: string, log: (line: string) => void, architectures: readonly string[] = []) {
    this.#directory = directory;
    this.#log = log;
    this.#options = [
      // apt's unprivileged user cannot write to our directory, and would only warn about it.
      ...["-o", "APT::Sandbox::User="],
      ...architectures.flatMap((name) => ["-o", `APT::Architectures::=${name}`]),
    ];
  }

  static available(): Promise<boolean> {
    return hasCommand("apt-get", ["--version"]);
  }

  async download(names: readonly string[]): Promise<DebianPackage[]> {
    const target = join(this.#directory, names.join("+").slice(0, 100));
    await mkdir(target, { recursive: true });
    try {
      await this.#get(names, target);
    } catch (error) {
      this.#log(`package lists of this machine do not serve (${firstLine(error)}): fetching lists`);
      // A list that could not be fetched is a failure only when a package was in it.
      const incomplete = await this.#fetchLists().then(
        () => undefined,
        (error: unknown) => error,
      );
      await this.#get(names, target).catch((error: unknown) => {
        throw incomplete ?? error;
      });
    }
    const files = (await readdir(target)).filter((file) => file.endsWith(".deb")).sort();
    return Promise.all(files.map((file) => describePackage(join(target, file))));
  }

  /** These packages and all those they need that this machine lacks; nothing is installed. */
  async withDependencies(names: readonly string[]): Promise<string[]> {
    const list = () =>
      runCommand(
        "apt-get",
        [
          ...this.#options,
          "-qq",
          "--no-install-recommends",
          "--print-uris",
          "install",
          "--reinstall",
          ...names,
        ],
        { timeoutSeconds: 60 },
      );
    const printed = await list().catch(async () => {
      await this.#fetchLists();
      return list();
    });
    // 'ADDRESS' NAME_VERSION_ARCHITECTURE.deb SIZE CHECKSUM
    const needed = [...printed.matchAll(/^'\S+' ([^_ ]+)_/gm)].map(([, name = ""]) => name);
    return [...new Set([...names, ...needed])];
  }

  async #get(names: readonly string[], cwd: string): Promise<void> {
    await runCommand("apt-get", [...this.#options, "-q", "download", ...names], {
      cwd,
      timeoutSeconds: downloadSeconds,
    });
  }

  async #fetchLists(): Promise<void> {
    const lists = join(this.#directory, "lists");
    const cache = join(this.#directory, "cache");
    await mkdir(join(lists, "partial"), { recursive: true });
    await mkdir(join(cache, "archives", "partial"), { recursive: true });
    this.#options = [...this.#options, "-o", `Dir::State::lists=${lists}`, "-o", `Dir::Cache=${cache}`];
    await runCommand("apt-get", [...this.#options, "-q", "update"], { timeoutSeconds: downloadSeconds });
  }
}

async function describePackage(file: string): Promise<DebianPackage> {
  const field = async (name: string): Promise<string> =>
    (await runCommand("dpkg-deb", ["--field", file, name], { timeoutSeconds: 30 })).trim();
  const [name, version, depends] = await Promise.all([field("Package"), field("Version"), field("Depends")]);
  return { name, version, file, depends: dependencyNames(depends) };
}

/** The names in a Depends field; of alternatives (`a | b`) the first. */
export function dependencyNames(depends: string): string[] {
  return depends
    .split(",")
    .map((dependency) => /^\s*([a-z0-9][a-z0-9+.-]*)/.exec(dependency)?.[1])
    .filter((name): name is string => name !== undefined);
}

export async function unpack(packages: readonly DebianPackage[], directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  // One after the other: packages share directories.
  for (const { file } of packages) {
    await runCommand("dpkg-deb", ["--extract", file, directory], { timeoutSeconds: 60 });
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
