import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { rm } from "node:fs/promises";
import { minVersion } from "semver";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { consumerFiles, printed, runConsumers } from "../support/consumer";
import { NpmProject, packProject, type PackedPackage } from "../support/packedPackage";
import { projectRoot } from "../support/projectRoot";

const minutes = 60_000;
const manifest = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
  version: string;
  devDependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  exports: Record<string, string | Record<string, string>>;
};

let packed: PackedPackage;
let project: NpmProject;
/** With the oldest peers that the package allows. */
let oldest: NpmProject;

beforeAll(async () => {
  packed = await packProject();
  project = await NpmProject.create(consumerFiles);
  oldest = await NpmProject.create(consumerFiles);
  const { typescript, "@types/node": types, "@pulumi/pulumi": pulumi } = manifest.devDependencies;
  const common = [packed.archive, `typescript@${typescript}`, `@types/node@${types}`];
  await Promise.all([
    project.install(...common, `@pulumi/pulumi@${pulumi}`),
    oldest.install(
      ...common,
      ...Object.entries(manifest.peerDependencies).map(
        ([name, range]) => `${name}@${minVersion(range)?.version ?? range}`,
      ),
    ),
  ]);
}, 8 * minutes);

afterAll(async () => {
  await rm(dirname(packed.archive), { recursive: true });
  await project.remove();
  await oldest.remove();
});

const installed = (file: string) => join(project.directory, "node_modules/pulumi-webfarm", file);
const textOf = (file: string) => readFileSync(installed(file), "utf8");

describe("the package", () => {
  it("holds what its exports and its command need, and nothing else", () => {
    const paths = packed.files.map(({ path }) => path);
    const known =
      /^(dist\/bundle\/index\.js|dist\/(sdk|cli|lab|toolchain\/images)\/.+\.(js|js\.map|d\.ts)|(README|CHANGELOG)\.md|lab\/README\.md|LICENSE|package\.json|cli\/page\/browser\/page\.(html|css|js)|plugin\/[\w.]+|templates\/farm\/(Pulumi\.yaml|index\.ts|(package|tsconfig)\.json)|sdk\/proxy\/image\/\w+\/Dockerfile|lab\/cell\/(Dockerfile|(program|source)\/[\w.]+)|toolchain\/images\/webapp\/[\w.]+)$/;
    expect(paths.filter((path) => !known.test(path))).toEqual([]);
    expect(
      paths.filter(
        (path) =>
          /test|golden|\.webfarm|Pulumi\.\w+\.yaml/.test(path) && !path.startsWith("dist/sdk/testing/"),
      ),
    ).toEqual([]);
    const asked = Object.values(manifest.exports).flatMap((to) =>
      typeof to === "string" ? [to] : Object.values(to),
    );
    expect(asked.map((path) => path.replace("./", "")).filter((path) => !paths.includes(path))).toEqual([]);
    // Every script has its types and its map.
    const scripts = paths.filter((path) => /^dist\/(?!bundle\/).*\.js$/.test(path));
    expect(scripts.filter((path) => !paths.includes(`${path}.map`))).toEqual([]);
    expect(scripts.filter((path) => !paths.includes(path.replace(/js$/, "d.ts")))).toEqual([]);
  });

  it("is small", () => {
    const limits = { archive: 1_500_000, bundle: 600_000, file: 60_000 };
    expect(packed.size).toBeLessThan(limits.archive);
    const limitOf = (path: string) => (path.startsWith("dist/bundle/") ? limits.bundle : limits.file);
    expect(packed.files.filter(({ path, size }) => size > limitOf(path))).toEqual([]);
  });

  it("names no place of the machine that it was made on", () => {
    const places = [projectRoot, dirname(packed.archive), process.env.HOME ?? projectRoot].filter(
      (place) => place.length > 5,
    );
    const telling = packed.files.filter(({ path }) => places.some((place) => textOf(path).includes(place)));
    expect(telling).toEqual([]);
    expect(
      packed.files.filter(({ path }) => path.endsWith(".map") && /"sources":\["[^.]/.test(textOf(path))),
    ).toEqual([]);
  });

  it("has exports, types and files that fit", async () => {
    const { publint } = await import("publint");
    const { formatMessage } = await import("publint/utils");
    const { messages, pkg } = await publint({ pkgDir: installed("."), pack: false });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  it("is free, and says so", () => {
    expect(textOf("package.json")).toContain('"license": "Apache-2.0"');
    expect(textOf("LICENSE")).toContain("Apache License");
    expect(textOf("LICENSE").split("\n").length).toBeGreaterThan(190);
    // The bundle holds parts of zod, whose licence asks to be kept with them.
    const zod = readFileSync(join(projectRoot, "node_modules/zod/LICENSE"), "utf8");
    expect(textOf("dist/bundle/index.js")).toContain(zod.trim());
  });

  it("knows its version from one place", () => {
    expect(textOf("templates/farm/package.json")).toContain(`"pulumi-webfarm": "^${manifest.version}"`);
    expect(textOf("CHANGELOG.md")).toMatch(
      new RegExp(`^## ${manifest.version.replaceAll(".", "\\.")}\\b`, "m"),
    );
    const scripts = packed.files.filter(({ path }) => path.startsWith("dist/") && !path.endsWith(".map"));
    expect(scripts.filter(({ path }) => textOf(path).includes(`"${manifest.version}"`))).toEqual([]);
  });
});

describe("installed into an empty project, it", () => {
  it(
    "compiles and runs as CommonJS and as an ES module",
    async () => {
      expect(await runConsumers(project)).toEqual([printed, printed]);
    },
    3 * minutes,
  );

  it("does so with the oldest peers that it allows", async () => {
    expect(await runConsumers(oldest)).toEqual([printed, printed]);
  }, 180_000);

  it(
    "exports the same names both ways",
    async () => {
      for (const entry of ["pulumi-webfarm", "pulumi-webfarm/testing", "pulumi-webfarm/lab"]) {
        const required = await project.run("node", "-p", `Object.keys(require("${entry}")).sort().join()`);
        const script = `import * as all from "${entry}"; console.log(Object.keys(all).filter((name) => !["default", "module.exports", "__esModule"].includes(name)).sort().join())`;
        const imported = await project.run("node", "--input-type=module", "-e", script);
        expect(required.trim().length).toBeGreaterThan(5);
        expect(imported).toBe(required);
      }
    },
    minutes,
  );

  it(
    "keeps what is not exported to itself",
    async () => {
      const inside = project.run("node", "-e", 'require("pulumi-webfarm/dist/sdk/plan/ports.js")');
      await expect(inside).rejects.toThrow("ERR_PACKAGE_PATH_NOT_EXPORTED");
      expect(await project.run("node", "-p", 'require("pulumi-webfarm/package.json").version')).toBe(
        `${manifest.version}\n`,
      );
    },
    minutes,
  );

  it(
    "has the command webfarm",
    async () => {
      const command = join(project.directory, "node_modules/.bin/webfarm");
      expect(await project.run(command, "--version")).toBe(`${manifest.version}\n`);
      expect(await project.run(command, "--help")).toMatch(/^Usage: webfarm /);
      await project.run(command, "init", "new-farm", "--platform", "linux");
      const made = readFileSync(join(project.directory, "new-farm/package.json"), "utf8");
      expect(made).toContain(`"pulumi-webfarm": "^${manifest.version}"`);
    },
    minutes,
  );
});
