import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import type { HostRelease, Platform } from "../args";
import { imageTags } from "../platform/releases";
import type { ValidProxyBuild } from "../schema/proxy";

/** nginx for Windows, with the SHA-256 of its archive as Microsoft's winget catalogue has it. */
export const defaultNginx = {
  version: "1.28.2",
  sha256: "6af87a4a0968111ff22a9bc75e32f4abb01ca2fe8c8ee3507d344fdbded8f7ad",
} as const;

/** The image of Linux proxies; pinned like the other. */
const linuxBase = "nginx:1.28.0-alpine";

/** How the proxy's image is built. */
export interface ImagePlan {
  /** Files of this package: the same bytes on every machine. */
  context: string;
  args: Record<string, pulumi.Input<string>>;
  /** The engine's own when left out. */
  platform?: string;
}

/** Plans the image; paths are relative to the program, so that no machine's own path gets into the state. */
export function planImage(build: ValidProxyBuild, platform: Platform, release: HostRelease): ImagePlan {
  const context = relative(process.cwd(), join(contextsDirectory(), platform)).replaceAll("\\", "/");
  if (platform === "linux") {
    return { context, args: { BASE: build.baseImage ?? linuxBase } };
  }
  return {
    context,
    args: {
      BASE: build.baseImage ?? `mcr.microsoft.com/windows/servercore:${imageTags[release]}`,
      NGINX_VERSION: build.nginxVersion ?? defaultNginx.version,
      NGINX_SHA256: (build.nginxSha256 ?? defaultNginx.sha256).toLowerCase(),
    },
    platform: "windows/amd64",
  };
}

/** The contexts lie beside this file's source, in the project as in the published package. */
function contextsDirectory(): string {
  for (let root = __dirname; root !== dirname(root); root = dirname(root)) {
    const candidate = join(root, "sdk", "proxy", "image");
    if (existsSync(join(candidate, "windows", "Dockerfile"))) return candidate;
  }
  throw new Error(`the build contexts (sdk/proxy/image) are not in any directory above ${__dirname}`);
}
