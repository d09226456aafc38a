import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultNginx, planImage } from "../../sdk/proxy/image";
import { officialImages } from "../../toolchain/images/imageNames";

const root = resolve(__dirname, "../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");

interface Package {
  version?: string;
  license?: string;
  integrity?: string;
  resolved?: string;
  hasInstallScript?: boolean;
}

const manifest = JSON.parse(read("package.json")) as Record<string, Record<string, string> | undefined>;
const { packages } = JSON.parse(read("package-lock.json")) as { packages: Record<string, Package> };
const installed = Object.entries(packages).filter(([path]) => path !== "");
const named = (path: string) => path.replace(/^.*node_modules\//, "");

/** The rows of a section's table in docs/dependencies.md, cell by cell. */
function rows(section: string): string[][] {
  const text = read("docs/dependencies.md").split(`## ${section}\n`)[1]?.split("\n## ")[0] ?? "";
  const lines = text.split("\n").filter((line) => line.startsWith("| "));
  return lines.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}

describe("docs/dependencies.md", () => {
  it("lists exactly the packages of package.json, each with its licence and what it is for", () => {
    const listed = (...sections: string[]) =>
      sections.flatMap(rows).map(([name = "", licence = "", purpose = ""]) => {
        expect(purpose).not.toBe("");
        return [name, licence];
      });
    const given = (...kinds: string[]) =>
      [...new Set(kinds.flatMap((kind) => Object.keys(manifest[kind] ?? {})))].map((name) => [
        name,
        packages[`node_modules/${name}`]?.license,
      ]);
    expect(listed("Of the library").sort()).toEqual(given("dependencies", "peerDependencies").sort());
    const ofTheLibrary = new Set(rows("Of the library").map(([name]) => name));
    const development = given("devDependencies").filter(([name]) => !ofTheLibrary.has(name));
    expect(listed("Of its development").sort()).toEqual(development.sort());
  });

  it("explains every install script", () => {
    const scripts = installed.filter(([, { hasInstallScript }]) => hasInstallScript === true);
    expect(
      rows("Install scripts")
        .map(([name]) => name)
        .sort(),
    ).toEqual(scripts.map(([path]) => named(path)).sort());
  });
});

describe("package-lock.json", () => {
  it("pins every package by its content, and takes none from elsewhere than a registry", () => {
    expect(installed.length).toBeGreaterThan(100);
    const loose = installed.filter(([, { integrity = "" }]) => !integrity.startsWith("sha512-"));
    expect(loose.map(([path]) => path)).toEqual([]);
    expect(installed.filter(([, { resolved = "" }]) => /^(git|file|http:)/.test(resolved))).toEqual([]);
  });

  it("holds the versions that package.json asks for", () => {
    const asked = packages[""] as Record<string, unknown> | undefined;
    for (const kind of ["dependencies", "devDependencies", "peerDependencies"]) {
      expect(asked?.[kind]).toEqual(manifest[kind]);
    }
  });

  it("has no licence that a user of the library would have to ask about", () => {
    const free =
      /^\(?(MIT|ISC|0BSD|Apache-2\.0|BSD-[23]-Clause|BlueOak-1\.0\.0|Python-2\.0|CC0-1\.0|Unlicense)\b/;
    const others = installed
      .filter(([path, found]) => !free.test(licenceOf(path, found)))
      .map(([path]) => named(path));
    // Of tools that stay in development: their licences ask for nothing of what is published.
    expect(others.filter((name) => !developmentOnly.has(name))).toEqual([]);
  });
});

/** The lockfile does not know the older form, a list. */
function licenceOf(path: string, { license }: Package): string {
  if (license !== undefined) return license;
  const { licenses = [] } = JSON.parse(read(`${path}/package.json`)) as { licenses?: { type: string }[] };
  return licenses.map(({ type }) => type).join(" OR ");
}

/** Packages that no user of the library gets. */
const developmentOnly = new Set(
  Object.entries(packages)
    .filter(([, value]) => (value as { dev?: boolean }).dev === true)
    .map(([path]) => named(path)),
);

describe("what is fetched", () => {
  it("is pinned: images by a version, archives by their checksum", () => {
    const images = [
      ...Object.values(officialImages),
      ...(["2016", "2019", "2022", "2025"] as const).flatMap((release) => [
        planImage({}, "windows", release).args.BASE,
        planImage({}, "linux", release).args.BASE,
      ]),
    ];
    for (const image of images) expect(image).toMatch(/:(\d[\w.-]*|ltsc20\d\d)$/);
    expect(defaultNginx.sha256).toMatch(/^[0-9a-f]{64}$/);
    const contexts = join(root, "sdk/proxy/image");
    const dockerfiles = readdirSync(contexts).map((name) =>
      readFileSync(join(contexts, name, "Dockerfile"), "utf8"),
    );
    for (const text of dockerfiles) {
      expect(text.match(/^FROM .*$/gm)).toEqual(["FROM ${BASE}"]);
      const downloads = text.match(/^ADD http.*$/gm) ?? [];
      const checks = text.match(/-hashfile \S+ SHA256/g) ?? [];
      expect(checks.length).toBe(downloads.length);
    }
  });
});
