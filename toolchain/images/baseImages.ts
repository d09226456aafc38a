import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Docker from "dockerode";
import { busyboxFilesystem, commonEntries, nginxEntries, nginxFilesystem } from "./baseFilesystems";
import { DebianDownloads, unpack, type DebianPackage } from "./debianPackages";
import { buildImage, findImage, findTagByLabel, pullImage } from "./engineImages";
import { contentLabel, imageTag, officialImages, packagesLabel, repository } from "./imageNames";
import { digestOf, tarOf, type RootFilesystem } from "./rootFilesystem";

/** The images that others are built on or that are used as they are. */
export interface BaseImages {
  readonly proxy: string;
  readonly console: string;
}

const repositories = { nginx: `${repository}/nginx`, busybox: `${repository}/busybox` } as const;

export type Log = (line: string) => void;

/** What of our own goes into the two images; another digest means that they must be made anew. */
const layout = digestOf(JSON.stringify([...commonEntries]), JSON.stringify([...nginxEntries]));
const contentOf = { nginx: `nginx-${layout}`, busybox: `busybox-${layout}` } as const;

export async function prepareBaseImages(docker: Docker, log: Log): Promise<BaseImages> {
  const present = (await presentOfficialImages(docker)) ?? (await presentDebianImages(docker));
  if (present) {
    log(`base images are there: ${present.proxy}, ${present.console}`);
    return present;
  }
  return (await pullOfficialImages(docker, log)) ?? (await makeDebianImages(docker, log));
}

async function presentOfficialImages(docker: Docker): Promise<BaseImages | undefined> {
  const [proxy, console] = await Promise.all([
    findImage(docker, officialImages.proxy),
    findImage(docker, officialImages.console),
  ]);
  return proxy && console ? officialImages : undefined;
}

async function presentDebianImages(docker: Docker): Promise<BaseImages | undefined> {
  const [proxy, console] = await Promise.all([
    findTagByLabel(docker, repositories.nginx, contentLabel, contentOf.nginx),
    findTagByLabel(docker, repositories.busybox, contentLabel, contentOf.busybox),
  ]);
  return proxy && console ? { proxy, console } : undefined;
}

async function pullOfficialImages(docker: Docker, log: Log): Promise<BaseImages | undefined> {
  try {
    // The small one first: it tells soonest whether a registry answers.
    for (const reference of [officialImages.console, officialImages.proxy]) {
      log(`pulling ${reference}`);
      await pullImage(docker, reference);
    }
    return officialImages;
  } catch (error) {
    log(`no official images: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

async function makeDebianImages(docker: Docker, log: Log): Promise<BaseImages> {
  if (!(await DebianDownloads.available())) {
    throw new Error(
      "no image registry answers, and base images can be made only from Debian packages, for which this " +
        `machine has no apt-get. Bring the images here (docker load): ${officialImages.proxy} and ` +
        `${officialImages.console}; then try again.`,
    );
  }
  await requireSameArchitecture(docker);
  const directory = await mkdtemp(join(tmpdir(), "webfarm-images-"));
  try {
    log("downloading nginx and busybox as Debian packages");
    const packages = await downloadPackages(directory, log).catch((error: unknown) => {
      throw new Error(
        "no image registry answers, and the Debian packages for base images could not be downloaded: " +
          `${error instanceof Error ? error.message : String(error)}\n` +
          "Check the network and the machine's apt sources, or bring the images here (docker load): " +
          `${officialImages.proxy} and ${officialImages.console}.`,
        { cause: error },
      );
    });
    const tree = join(directory, "tree");
    await unpack(packages, tree);
    const versionOf = (name: string): string => packageNamed(packages, name).version;

    const proxy = `${repositories.nginx}:${imageTag(versionOf("nginx"))}`;
    await makeImage(docker, proxy, await nginxFilesystem(tree, packages), [
      'CMD ["nginx", "-g", "daemon off;"]',
      "STOPSIGNAL SIGQUIT",
      "EXPOSE 80/tcp",
      `LABEL ${contentLabel}=${contentOf.nginx}`,
      `LABEL ${packagesLabel}="${packageList(packages)}"`,
    ]);
    log(`made ${proxy} from ${packageList(packages)}`);

    const busybox = [packageNamed(packages, "busybox-static")];
    const console = `${repositories.busybox}:${imageTag(versionOf("busybox-static"))}`;
    await makeImage(docker, console, await busyboxFilesystem(tree, packages), [
      'CMD ["sh"]',
      `LABEL ${contentLabel}=${contentOf.busybox}`,
      `LABEL ${packagesLabel}="${packageList(busybox)}"`,
    ]);
    log(`made ${console} from ${packageList(busybox)}`);
    return { proxy, console };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function downloadPackages(directory: string, log: Log): Promise<DebianPackage[]> {
  const downloads = new DebianDownloads(directory, log);
  const programs = await downloads.download(["nginx", "nginx-common", "busybox-static"]);
  // What nginx depends on besides libraries (iproute2, debconf) serves its installation, not its work.
  const libraries = packageNamed(programs, "nginx").depends.filter((name) => /^(lib|zlib)/.test(name));
  return [...programs, ...(await downloads.download(libraries))];
}

function packageNamed(packages: readonly DebianPackage[], name: string): DebianPackage {
  const found = packages.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`apt-get download did not bring the package ${name}`);
  return found;
}

function packageList(packages: readonly DebianPackage[]): string {
  return packages.map(({ name, version }) => `${name}=${version}`).join(" ");
}

/** One layer, unpacked by the engine. */
async function makeImage(
  docker: Docker,
  reference: string,
  filesystem: RootFilesystem,
  settings: readonly string[],
): Promise<void> {
  const context: RootFilesystem = new Map([
    ["/root.tar", { type: "file", content: await tarOf(filesystem) }],
  ]);
  await buildImage(docker, reference, context, ["FROM scratch", "ADD root.tar /", ...settings]);
}

/** Node's names for architectures, as the engine has them. */
const engineArchitectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/** Debian packages come for this machine; an engine elsewhere may be of another kind. */
async function requireSameArchitecture(docker: Docker): Promise<void> {
  const { Arch } = await docker.version();
  if (Arch === engineArchitectures[process.arch]) return;
  throw new Error(
    `no image registry answers, and images made on this machine (${process.arch}) do not run on the engine's ` +
      `(${Arch}). Bring ${officialImages.proxy} and ${officialImages.console} to the engine, or run this there.`,
  );
}
