import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { requiredPackage } from "./packageManifest";
import { packagesResponse, programDependencies, requiredPackages } from "./programPackages";

let root: string;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "webfarm-packages-")));
});

afterEach(() => rm(root, { recursive: true }));

async function manifest(directory: string, content: object): Promise<void> {
  const file = join(root, directory, "package.json");
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(content));
}

const docker = { name: "@pulumi/docker", version: "5.2.0", pulumi: { resource: true, name: "docker" } };
const sdk = { name: "@pulumi/pulumi", version: "3.248.0" };

const namesAndVersions = async (directory: string) =>
  (await requiredPackages(join(root, directory))).map(({ name, version }) => `${name} ${version}`);

describe("requiredPackages", () => {
  it("finds what is installed, scoped, nested and linked, each once", async () => {
    await manifest("node_modules/@pulumi/pulumi", sdk);
    await manifest("node_modules/@pulumi/docker", docker);
    await manifest("node_modules/plain", { name: "plain", version: "1.0.0" });
    await manifest("node_modules/plain/node_modules/@pulumi/docker", docker);
    await manifest("linked", { name: "linked", version: "2.0.0", pulumi: { resource: true, name: "far" } });
    await symlink(join(root, "linked"), join(root, "node_modules/linked"));
    await symlink(join(root, "node_modules"), join(root, "linked/node_modules"));
    expect(await namesAndVersions(".")).toEqual(["far v2.0.0", "docker v5.2.0"]);
  });

  it("finds dependencies that lie beside a linked package, as pnpm lays them out", async () => {
    const store = "node_modules/.pnpm/shop@1.0.0/node_modules";
    await manifest(`${store}/shop`, { name: "shop", version: "1.0.0" });
    await manifest(`${store}/@pulumi/docker`, docker);
    await symlink(join(root, store, "shop"), join(root, "node_modules/shop"));
    expect(await namesAndVersions(".")).toEqual(["docker v5.2.0"]);
  });

  it("looks above the program up to where the SDK is, and no further", async () => {
    await manifest("node_modules/unrelated", { ...docker, version: "4.0.0" });
    await manifest("shop/node_modules/@pulumi/pulumi", sdk);
    await manifest("shop/node_modules/@pulumi/docker", docker);
    await mkdir(join(root, "shop/dist/stack"), { recursive: true });
    expect(await namesAndVersions("shop/dist/stack")).toEqual(["docker v5.2.0"]);
  });

  it("is not stopped by broken or missing manifests", async () => {
    await manifest("node_modules/@pulumi/docker", docker);
    await mkdir(join(root, "node_modules/empty"));
    await mkdir(join(root, "node_modules/broken"));
    await writeFile(join(root, "node_modules/broken/package.json"), "{");
    await symlink(join(root, "gone"), join(root, "node_modules/dangling"));
    expect(await namesAndVersions(".")).toEqual(["docker v5.2.0"]);
  });
});

describe("requiredPackage", () => {
  it("takes name and version of the package when its pulumi field has none", () => {
    expect(
      requiredPackage({ name: "@pulumi/aws", version: "7.0.0", pulumi: { resource: true } }),
    ).toMatchObject({
      name: "aws",
      version: "v7.0.0",
    });
    const versioned = {
      name: "x",
      version: "1.0.0",
      pulumi: { resource: true, name: "y", version: "v2.0.0" },
    };
    expect(requiredPackage(versioned)).toMatchObject({ name: "y", version: "v2.0.0" });
  });

  it("takes no package that is none or does not say which plugin it wants", () => {
    expect(requiredPackage({ name: "@pulumi/pulumi", version: "3.0.0" })).toBeUndefined();
    expect(requiredPackage({ name: "x", version: "1.0.0", pulumi: { resource: true } })).toBeUndefined();
  });
});

it("answers with server and parameterization", () => {
  const parameterization = { name: "random", version: "3.0.0", value: Buffer.from("{}").toString("base64") };
  const found = requiredPackage({
    name: "random",
    version: "0.1.0",
    pulumi: {
      resource: true,
      name: "terraform-provider",
      server: "https://plugins.example",
      parameterization,
    },
  });
  const [message] = packagesResponse(found ? [found] : []).getPackagesList();
  expect(message?.toObject()).toMatchObject({
    name: "terraform-provider",
    kind: "resource",
    version: "v0.1.0",
    server: "https://plugins.example",
    parameterization,
  });
  expect(Buffer.from(message?.getParameterization()?.getValue_asU8() ?? []).toString()).toBe("{}");
});

describe("programDependencies", () => {
  it("lists direct ones with their installed versions, and all on request", async () => {
    await manifest(".", {
      name: "shop",
      dependencies: { a: "^1.0.0" },
      devDependencies: { c: "*", gone: "*" },
    });
    await manifest("node_modules/a", { name: "a", version: "1.2.3" });
    await manifest("node_modules/b", { name: "b", version: "2.0.0" });
    await manifest("node_modules/c", { name: "c", version: "3.0.0" });
    const list = async (transitive: boolean) =>
      (await programDependencies(root, transitive)).map(({ name, version }) => `${name}@${version}`);
    expect(await list(false)).toEqual(["a@1.2.3", "c@3.0.0"]);
    expect(await list(true)).toEqual(["a@1.2.3", "b@2.0.0", "c@3.0.0"]);
  });
});
