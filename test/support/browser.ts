import { existsSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { chromium, type Browser } from "playwright-core";
import { debianPrograms } from "./debianPrograms";

/** Why no browser is to be had here; undefined when one is. */
export function noBrowserReason(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  if (process.platform === "linux" && folders.some((folder) => existsSync(join(folder, "apt-get"))))
    return undefined;
  return "it comes from Debian's packages, and there is no apt-get";
}

/** A headless Chromium from Debian's packages, unpacked into `.webfarm/chromium`. */
export async function startBrowser(): Promise<Browser> {
  const packages = ["chromium-headless-shell", "chromium-common", "fonts-dejavu-core"];
  const root = await debianPrograms("chromium", packages, { dependencies: true });
  return chromium.launch({
    executablePath: join(root, "usr/lib/chromium/chromium-headless-shell"),
    // Root has no sandbox of Chromium's.
    args: ["--no-sandbox", "--disable-gpu"],
    env: {
      ...process.env,
      LD_LIBRARY_PATH: (await libraryFolders(join(root, "usr/lib"), join(root, "lib"))).join(":"),
      FONTCONFIG_FILE: await fonts(root),
    },
    timeout: 60_000,
  });
}

/** Folders that hold libraries, which the unpacked programs do not look for by themselves. */
async function libraryFolders(...roots: string[]): Promise<string[]> {
  const found = await Promise.all(
    roots.map((root) => readdir(root, { recursive: true, withFileTypes: true }).catch(() => [])),
  );
  const libraries = found.flat().filter(({ name }) => /^lib.*\.so(\.\d+)*$/.test(name));
  return [...new Set(libraries.map(({ parentPath }) => parentPath))];
}

/** Only the fonts that came along, so that every machine draws the same. */
async function fonts(root: string): Promise<string> {
  const file = join(root, "fonts.conf");
  const folders = `<dir>${join(root, "usr/share/fonts")}</dir><cachedir>${join(root, "fonts-cache")}</cachedir>`;
  await writeFile(file, `<?xml version="1.0"?><fontconfig>${folders}</fontconfig>\n`);
  return file;
}
