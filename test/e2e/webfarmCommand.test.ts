import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SweepPlan } from "../../cli/sweep/plan";
import { prepareImages, type FarmImages } from "../../toolchain/images";
import { EngineFixture, eventually, uniqueName } from "../support/engine";
import { library } from "../support/library";
import { TestProject, type PulumiRun } from "../support/project";

const main = resolve(__dirname, "../../dist/cli/main.js");
const sdk = JSON.stringify(library);

const program = (images: FarmImages) => `
const { WindowsWebFarm } = require(${sdk});
new WindowsWebFarm("shop", {
  platform: "linux",
  apps: { webapp: { image: "${images.webapp}", ports: [{ container: 80 }] } },
  proxy: { image: "${images.proxy}", reload: { drainSeconds: 1 } },
  console: { image: "${images.console}" },
});
`;

/** The command in a Pulumi project whose farm is deployed. */
describe("webfarm in a project", () => {
  const engine = new EngineFixture();
  const docker = new Docker();
  const name = uniqueName("command");
  let images: FarmImages;
  let project: TestProject;

  const webfarm = (...args: string[]): Promise<PulumiRun> =>
    project.execute(process.execPath, main, ...args, "--stack", `${name}/test`);
  const names = async () => {
    const found = await docker.listContainers({
      all: true,
      filters: { label: [`webfarm.stack=${name}/test`] },
    });
    return found.map(({ Names }) => (Names[0] ?? "").slice(1)).sort();
  };

  beforeAll(async () => {
    images = await prepareImages({ docker, log: () => undefined });
    project = await TestProject.create({
      "Pulumi.yaml": `name: ${name}\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.js\n`,
      "index.js": program(images),
    });
    const up = await project.run("up", "--yes", "--skip-preview");
    expect(up.exitCode, up.output).toBe(0);
  });

  afterAll(async () => {
    await project.run("destroy", "--yes", "--skip-preview");
    await project.remove();
    await engine.cleanUp();
  });

  it("status: all is well", async () => {
    // The proxy's first check comes some seconds after the up.
    const { output } = await eventually("a farm that is well", 30, async () => {
      const status = await webfarm("status");
      return status.exitCode === 0 && !status.output.includes("is starting") ? status : undefined;
    });
    expect(output).toContain(`shop (stack ${name}/test): all is well`);
  }, 60_000);

  it("doctor: knows what the stack wants", async () => {
    const sound = await webfarm("doctor");
    expect(sound.output).toMatch(/ok +nginx +shop-proxy-\w+ runs nginx/);
    await project.run("config", "set", "webfarm:platform", "windows");
    const { exitCode, output } = await webfarm("doctor");
    await project.run("config", "rm", "webfarm:platform");
    expect(output).toContain("the stack is for windows containers, the engine runs linux ones");
    expect(exitCode).toBe(1);
  }, 60_000);

  it("takes the engine of the stack's docker: settings", async () => {
    await project.run("config", "set", "docker:host", "unix:///nosuch.sock");
    const { exitCode, output } = await webfarm("status");
    await project.run("config", "rm", "docker:host");
    expect(output).toContain("at unix:///nosuch.sock (from the stack's docker: settings)");
    expect(exitCode).toBe(3);
  }, 60_000);

  it("sweep: removes what the state does not know, and nothing else", async () => {
    const before = await names();
    const [known] = await docker.listContainers({ filters: { label: [`webfarm.stack=${name}/test`] } });
    const Labels = { ...known?.Labels, "webfarm.replica": "webapp-9" };
    const orphan = await engine.start({ Image: images.console, Cmd: ["sleep", "600"], Labels });
    const theirs = await engine.start({
      Image: images.console,
      Cmd: ["sleep", "600"],
      Labels: { ...Labels, "webfarm.deployment": "another" },
    });

    const asked = await webfarm("sweep", "--json");
    expect(asked.exitCode).toBe(1);
    const { orphans, unsure } = JSON.parse(asked.stdout) as SweepPlan;
    expect(orphans.map(({ id }) => id)).toEqual([orphan.id]);
    expect(unsure.map(({ id }) => id)).toEqual([theirs.id]);

    const { exitCode, output } = await webfarm("sweep", "--yes");
    expect(output).toContain("Cannot be told, so it stays:");
    expect(exitCode).toBe(0);
    expect(await names()).toEqual([...before, (await theirs.inspect()).Name.slice(1)].sort());
  }, 120_000);
});

describe("webfarm init", () => {
  it("makes a project from a compose file that pulumi can preview", async () => {
    const directory = await mkdtemp(join(tmpdir(), "webfarm-init-"));
    const compose = resolve(__dirname, "../../examples/compose/docker-compose.yml");
    const images = await prepareImages({ docker: new Docker(), log: () => undefined });
    const folder = join(directory, "shop");
    const args = ["init", folder, "--platform", "linux", "--compose", compose];
    execFileSync(process.execPath, [main, ...args], {
      env: {
        ...process.env,
        WEBAPP_IMAGE: images.webapp,
        PROXY_IMAGE: images.proxy,
        CONSOLE_IMAGE: images.console,
      },
      timeout: 60_000,
    });
    const read = (file: string) => readFile(join(folder, file), "utf8");
    const project = await TestProject.create({
      "Pulumi.yaml": await read("Pulumi.yaml"),
      "tsconfig.json": await read("tsconfig.json"),
      "package.json": await read("package.json"),
      // The compiler takes the types from beside the file that is imported.
      "index.ts": (await read("index.ts")).replace(
        '"pulumi-webfarm"',
        JSON.stringify(resolve(__dirname, "../../dist/sdk/index.js")),
      ),
    });
    await rm(directory, { recursive: true });
    try {
      const { exitCode, output } = await project.run("preview");
      expect(exitCode, output).toBe(0);
      expect(output).toMatch(/shop-webapp-1 +create/);
    } finally {
      await project.remove();
    }
  }, 120_000);
});
