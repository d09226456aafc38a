import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type Docker from "dockerode";
import { hasCommand } from "../../toolchain/images/command";
import { DebianDownloads, unpack, type DebianPackage } from "../../toolchain/images/debianPackages";
import { buildImage, findImage } from "../../toolchain/images/engineImages";
import { compileGo } from "../../toolchain/images/goProgram";
import { digestOf, type Entry } from "../../toolchain/images/rootFilesystem";

const runtimePackages = [
  ...["wine64", "libwine", "libz-mingw-w64", "libunwind8", "liblzma5", "libgcc-s1", "libc6"],
  "busybox-static",
];

/** Where the DLLs come from that a 32-bit program needs: nginx.org's nginx.exe is one. */
const windows32Packages = ["libwine:i386"];

/** Compilers for the cell's small programs (mingw) and for the library in wineserver (tcc). */
const compilerPackages = [
  ["gcc-mingw-w64-x86-64-win32", "gcc-mingw-w64-x86-64-win32-runtime", "gcc-mingw-w64-base"],
  ["binutils-mingw-w64-x86-64", "binutils-common", "mingw-w64-x86-64-dev", "mingw-w64-common", "tcc"],
  ["libc6", "libgcc-s1", "libstdc++6", "zlib1g", "libzstd1", "libgmp10", "libisl23", "libmpc3", "libmpfr6"],
].flat();

const repository = "webfarm-lab/cell";

/** Why this machine cannot make or run a Windows cell, or undefined when it can. */
export async function whyNoCell(docker: Docker): Promise<string | undefined> {
  const { Os, Arch } = await docker.version();
  if (Os !== "linux" || Arch !== "amd64")
    return `it needs a Linux engine on amd64, this one is ${Os} on ${Arch}`;
  if (!(await DebianDownloads.available()))
    return "it is made from Debian packages, and there is no apt-get here";
  if (!(await hasCommand("go", ["version"]))) return "its DNS client is a Go program, and there is no go";
  if (!(await hasCommand("python3", ["-m", "pip", "--version"])))
    return "its nginx comes by pip, and there is no python3";
  return undefined;
}

/**
 * Puts the image of the Windows cell into a Linux engine and returns its reference. The tag is a digest of
 * what the image is made from, so an image that is there is the right one.
 *
 * @throws Error when {@link whyNoCell} has a reason, or a download or the build fails
 */
export async function prepareCellImage(docker: Docker, log: (line: string) => void): Promise<string> {
  const sources = await readSources();
  const packages = [...runtimePackages, "-", ...windows32Packages, "-", ...compilerPackages].join(" ");
  const texts = [...sources].flatMap(([name, content]) => [name, content]);
  const reference = `${repository}:${digestOf(packages, ...texts)}`;
  if (await findImage(docker, reference)) {
    log(`${reference} is there`);
    return reference;
  }
  const reason = await whyNoCell(docker);
  if (reason !== undefined) throw new Error(`the Windows cell cannot be made: ${reason}`);
  const directory = await mkdtemp(join(tmpdir(), "webfarm-cell-"));
  try {
    await makeImage(docker, reference, sources, directory, log);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  log(`made ${reference}`);
  return reference;
}

async function makeImage(
  docker: Docker,
  reference: string,
  sources: ReadonlyMap<string, Buffer>,
  directory: string,
  log: (line: string) => void,
): Promise<void> {
  log("compiling the cell's main program");
  const cell = await compileGo(join(sourceDirectory(), "program"), "amd64");
  log("downloading Wine and compilers as Debian packages (270 MB)");
  const downloads = new DebianDownloads(directory, log, ["amd64", "i386"]);
  const runtime = await downloads.download(runtimePackages);
  const windows32 = await downloads.download(windows32Packages);
  const compilers = await downloads.download(compilerPackages);

  const tree = join(directory, "busybox");
  await unpack(
    runtime.filter(({ name }) => name === "busybox-static"),
    tree,
  );
  const busybox = await readFile(join(tree, "bin/busybox"));
  const dockerfile = sources.get("Dockerfile");
  if (dockerfile === undefined) throw new Error("lab/cell has no Dockerfile");
  const context = new Map<string, Entry>([
    ["/busybox", { type: "file", content: busybox, mode: 0o755 }],
    ["/cell", { type: "file", content: cell, mode: 0o755 }],
    ...[...sources]
      .filter(([name]) => name.startsWith("source/"))
      .map(([name, content]): [string, Entry] => [`/${name}`, { type: "file", content }]),
    ...(await packageEntries("runtime", runtime)),
    ...(await packageEntries("windows32", windows32)),
    ...(await packageEntries("compilers", compilers)),
  ]);
  log("building the image of the Windows cell (about a minute)");
  await buildImage(docker, reference, context, dockerfile.toString("utf8").trimEnd().split("\n"), (line) => {
    if (line.startsWith("Step ")) log(line.slice(0, 80));
  });
}

function packageEntries(folder: string, packages: readonly DebianPackage[]): Promise<[string, Entry][]> {
  return Promise.all(
    packages.map(async ({ name, file }): Promise<[string, Entry]> => [
      `/${folder}/${name}.deb`,
      { type: "file", content: await readFile(file) },
    ]),
  );
}

/** Everything of ours that the cell is made from, by its path in lab/cell. */
async function readSources(): Promise<Map<string, Buffer>> {
  const directory = sourceDirectory();
  const list = async (folder: string): Promise<string[]> =>
    (await readdir(join(directory, folder))).sort().map((name) => join(folder, name));
  const names = ["Dockerfile", ...(await list("source")), ...(await list("program"))];
  return new Map(
    await Promise.all(
      names.map(async (name): Promise<[string, Buffer]> => [name, await readFile(join(directory, name))]),
    ),
  );
}

/** The cell's own files lie beside this one, or, when this runs compiled, in the project it belongs to. */
function sourceDirectory(): string {
  for (let root = __dirname; root !== dirname(root); root = dirname(root)) {
    const candidate = join(root, "lab", "cell");
    if (existsSync(join(candidate, "Dockerfile"))) return candidate;
  }
  throw new Error(`the cell's sources (lab/cell) are not in any directory above ${__dirname}`);
}
