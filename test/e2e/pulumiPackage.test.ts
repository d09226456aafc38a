import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { prepareImages } from "../../toolchain/images";
import { uniqueName } from "../support/engine";
import { TestProject } from "../support/project";
import { projectRoot } from "../support/projectRoot";

/**
 * The components through the Pulumi package, as programs of other languages get them: in a process of its own, behind
 * the provider protocol. The program knows nothing of the library, only a type and its arguments.
 */
const farmName = uniqueName("farm");
const engine = process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock";
/** The plugin as a project asks for it. */
const plugin = `${projectRoot}/plugin`;
let project: TestProject;
let images: Awaited<ReturnType<typeof prepareImages>>;

const program = `
const docker = require("@pulumi/docker");
const pulumi = require("@pulumi/pulumi");
const args = JSON.parse(require("fs").readFileSync("args.json", "utf8"));
const outputs = { url: undefined, localUrl: undefined, consoleCommand: undefined, topology: undefined };
class WindowsWebFarm extends pulumi.ComponentResource {
  constructor(name, args, options) {
    super("webfarm:index:WindowsWebFarm", name, { ...outputs, ...args }, options, true);
  }
}
const provider = new docker.Provider("engine", { host: ${JSON.stringify(engine)} });
const farm = new WindowsWebFarm(${JSON.stringify(farmName)}, args, { providers: { docker: provider } });
exports.localUrl = farm.localUrl;
`;

const settings = (replicas: number, more: object = {}) =>
  JSON.stringify({
    platform: "linux",
    apps: { webapp: { image: images.webapp, replicas, ports: [{ container: 80 }] } },
    proxy: { image: images.proxy },
    console: { enabled: false },
    ...more,
  });

beforeAll(async () => {
  images = await prepareImages({ docker: new Docker(), log: () => undefined });
  project = await TestProject.create(
    {
      "Pulumi.yaml": [
        "name: package",
        "runtime: { name: nodejs, options: { typescript: false } }",
        "main: index.js",
        `plugins: { providers: [{ name: webfarm, path: ${JSON.stringify(plugin)} }] }`,
        "",
      ].join("\n"),
      "package.json": "{}",
      "index.js": program,
      "args.json": settings(2),
    },
    { dockerHost: "unix:///nosuch.sock" },
  );
});

afterAll(async () => {
  await project.run("destroy", "--yes");
  await project.remove();
});

async function run(...args: string[]) {
  const { exitCode, stdout, output } = await project.run(...args);
  expect([exitCode, exitCode === 0 ? "" : output]).toEqual([0, ""]);
  return { stdout, output };
}

async function replicasSeen(): Promise<string[]> {
  const { stdout } = await run("stack", "output", "localUrl");
  const seen = new Set<string>();
  for (let request = 0; request < 20; request++) {
    seen.add((await fetch(stdout.trim())).headers.get("x-webfarm-replica") ?? "");
  }
  return [...seen].sort();
}

describe("the components as a Pulumi package", () => {
  it("deploy a farm, and reload its proxy when it is scaled, from another process than the program's", async () => {
    await run("up", "--yes", "--skip-preview");
    expect(await replicasSeen()).toEqual(["webapp-1", "webapp-2"]);
    await run("preview", "--expect-no-changes");

    await project.write("args.json", settings(1));
    const { output } = await run("up", "--yes", "--skip-preview");
    expect(output).toContain("webapp 2 -> 1: -1 replica, proxy reloads");
    expect(output).toMatch(/-proxy-\w+ reloaded in \d/);
    expect(await replicasSeen()).toEqual(["webapp-1"]);
  });

  it("refuse bad arguments with every fault, before anything is created", async () => {
    await project.write("args.json", settings(501, { hostRelease: "2003" }));
    const { exitCode, output } = await project.run("preview");
    expect(exitCode).not.toBe(0);
    expect(output).toContain("2 faults; nothing was created");
    expect(output).toContain("apps.webapp.replicas: 501 is too large");
    await project.write("args.json", settings(1));
  });
});

const yamlHost = (process.env.PATH ?? "")
  .split(delimiter)
  .some((folder) => existsSync(join(folder, "pulumi-language-yaml")));
if (!yamlHost) console.log("no program in YAML is run: there is no pulumi-language-yaml on the PATH");

describe.skipIf(!yamlHost)("a program in YAML", () => {
  it("deploys a scale set through the package, and keeps its secrets", async () => {
    const set = uniqueName("set");
    const yaml = await TestProject.create({
      "Pulumi.yaml": stringify({
        name: "yaml",
        runtime: "yaml",
        packages: { webfarm: plugin },
        resources: {
          [set]: {
            type: "webfarm:ProxiedScaleSet",
            properties: {
              service: {
                platform: "linux",
                image: images.webapp,
                ports: [{ container: 80 }],
                environment: { KEY: { "fn::secret": "sesame-of-yaml" } },
              },
              proxy: { image: images.proxy },
            },
          },
        },
        outputs: { localUrl: `\${${set}.localUrl}` },
      }),
    });
    try {
      const { exitCode, output } = await yaml.run("up", "--yes", "--skip-preview");
      expect([exitCode, exitCode === 0 ? "" : output]).toEqual([0, ""]);
      expect(output).toMatch(/-proxy-\w+ reloaded in \d/);
      expect((await fetch((await yaml.run("stack", "output", "localUrl")).stdout.trim())).status).toBe(200);
      expect((await yaml.run("stack", "export")).stdout).not.toContain("sesame-of-yaml");
    } finally {
      await yaml.run("destroy", "--yes");
      await yaml.remove();
    }
  });
});
