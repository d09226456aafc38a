import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { eventually } from "../support/engine";
import { TestProject, type PulumiRun } from "../support/project";

const projects: TestProject[] = [];

async function project(...args: Parameters<typeof TestProject.create>): Promise<TestProject> {
  const created = await TestProject.create(...args);
  projects.push(created);
  return created;
}

afterEach(async () => {
  for (const created of projects.splice(0)) await created.remove();
});

const javascript = "name: shop\nruntime: {name: nodejs, options: {typescript: false}}\n";
const manifest = '{"name": "shop", "dependencies": {"@pulumi/pulumi": "*"}}';

/** A project of one JavaScript file. */
function program(code: string): Promise<TestProject> {
  return project({
    "Pulumi.yaml": javascript,
    "package.json": manifest,
    "index.js": `const pulumi = require("@pulumi/pulumi");\n${code}`,
  });
}

const up = (created: TestProject): Promise<PulumiRun> => created.run("up", "--yes", "--skip-preview");

async function outputs(created: TestProject): Promise<unknown> {
  return JSON.parse((await created.run("stack", "output", "--json")).stdout);
}

describe("a program", () => {
  it("gets configuration and secrets and gives outputs", async () => {
    const shop = await program(`
      const runtime = require("@pulumi/pulumi/runtime");
      const config = new pulumi.Config();
      const stash = new pulumi.Stash("state", { input: config.requireNumber("replicas") * 2 });
      exports.doubled = stash.output;
      exports.password = config.requireSecret("password");
      exports.secrets = ["password", "replicas"].map((key) => runtime.isConfigSecret("shop:" + key));
      exports.length = pulumi.unsecret(config.requireSecret("password").apply((text) => text.length));
      exports.where = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack(), process.cwd()];
    `);
    await shop.run("config", "set", "replicas", "21");
    await shop.run("config", "set", "--secret", "password", "geheim");
    const first = await up(shop);
    expect(first.output).toContain("password: [secret]");
    expect(first.output).not.toContain("geheim");
    expect(first.exitCode).toBe(0);
    expect(await outputs(shop)).toMatchObject({
      doubled: 42,
      length: 6,
      secrets: [true, false],
      password: "[secret]",
      where: ["organization", "shop", "test", shop.directory],
    });

    const again = await shop.run("preview", "--expect-no-changes");
    expect(again.output).toContain("2 unchanged");
    expect(again.exitCode).toBe(0);
  });

  it("is told a preview from an update", async () => {
    const shop = await program(`exports.preview = pulumi.runtime.isDryRun();`);
    expect((await shop.run("preview")).output).toMatch(/preview: true/);
    await up(shop);
    expect(await outputs(shop)).toEqual({ preview: false });
  });

  it("shows its output, each stream in order and complete, and its log", async () => {
    const shop = await program(`
      for (let i = 0; i < 200; i++) { console.log("out " + i); console.error("err " + i); }
      pulumi.log.warn("careful");
    `);
    const { output } = await shop.run("preview");
    const lines = (stream: string) => {
      const diagnostics = output.slice(output.indexOf("Diagnostics:"));
      return [...diagnostics.matchAll(new RegExp(`${stream} (\\d+)`, "g"))].map(([, number]) =>
        Number(number),
      );
    };
    const all = Array.from({ length: 200 }, (_, index) => index);
    expect(lines("out")).toEqual(all);
    expect(lines("err")).toEqual(all);
    expect(output).toContain("warning: careful");
  });

  it("fails with its own words, and with no others, when it throws", async () => {
    const shop = await program(`throw new Error("the cellar is under water");`);
    const { exitCode, output } = await shop.run("preview");
    expect(exitCode).not.toBe(0);
    expect(output).toContain("the cellar is under water");
    expect(output).not.toContain("exited with non-zero exit code");
  });

  it("fails when it leaves with an exit code", async () => {
    const shop = await program(`process.exit(7);`);
    const { exitCode, output } = await shop.run("preview");
    expect(exitCode).not.toBe(0);
    expect(output).toContain("Program exited with non-zero exit code: 7");
  });

  it("hears how to get more memory when it ran out of it", async () => {
    const shop = await program(`const all = []; for (;;) all.push(new Array(1e5).fill(all.length));`);
    await shop.write(
      "Pulumi.yaml",
      javascript.replace("false", 'false, nodeargs: "--max-old-space-size=60"'),
    );
    const { exitCode, output } = await shop.run("preview");
    expect(exitCode).not.toBe(0);
    expect(output).toContain("nodeargs: --max-old-space-size=MEGABYTES");
  });

  it("may be TypeScript in a directory of its own", async () => {
    const shop = await project({
      "Pulumi.yaml":
        "name: shop\nruntime: {name: nodejs, options: {tsconfig: ../tsconfig.pulumi.json}}\nmain: src/\n",
      "package.json": manifest,
      "tsconfig.pulumi.json":
        '{"compilerOptions": {"module": "nodenext", "target": "es2022", "strict": true}}',
      "src/package.json": '{"main": "farm.ts"}',
      "src/farm.ts": `
        import * as pulumi from "@pulumi/pulumi";
        enum Size { Small = 1 }
        const stash: pulumi.Stash = new pulumi.Stash("state", { input: { size: Size.Small } });
        export const size = stash.output;
      `,
    });
    const { exitCode, output } = await up(shop);
    expect(output).toContain("2 created");
    expect(exitCode).toBe(0);
    expect(await outputs(shop)).toEqual({ size: { size: 1 } });
  });

  it("hears what to do when the SDK is not installed", async () => {
    const shop = await project(
      { "Pulumi.yaml": javascript, "package.json": manifest, "index.js": "" },
      { linkPackages: false },
    );
    const { exitCode, output } = await shop.run("preview");
    expect(exitCode).not.toBe(0);
    expect(output).toContain(
      `is not installed: it was looked for from ${shop.directory}. Run "pulumi install"`,
    );
  });

  it("hears which runtime option is wrong", async () => {
    const shop = await program("");
    await shop.write("Pulumi.yaml", javascript.replace("false", '"never"'));
    expect((await shop.run("preview")).output).toContain(
      'runtime option typescript is "never"; allowed are true and false',
    );
  });
});

describe("a program that does not end", () => {
  /** Starts `up` on a program that hangs; resolves to the CLI and the process ids of program and host. */
  async function hanging(extra: string) {
    const shop = await program(`
      const fs = require("fs");
      fs.writeFileSync("pids.new", process.pid + " " + process.ppid);
      fs.renameSync("pids.new", "pids");
      setInterval(() => {}, 1000);
      ${extra}
    `);
    const cli = shop.start("up", "--yes", "--skip-preview");
    const ended = new Promise<number | null>((resolve) => cli.once("close", resolve));
    let output = "";
    cli.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    cli.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const pids = await eventually("the program runs", 30, async () =>
      (await readFile(join(shop.directory, "pids"), "utf8")).split(" ").map(Number),
    );
    return { cli, ended, pids, output: () => output };
  }

  async function expectGone(pids: readonly number[]): Promise<void> {
    await eventually("program and host are gone", 10, () =>
      Promise.resolve(pids.some((pid) => isAlive(pid)) ? undefined : true),
    );
  }

  it("is stopped by Ctrl-C, and the CLI ends in order", async () => {
    const { cli, ended, pids, output } = await hanging("");
    cli.kill("SIGINT");
    expect(await ended).not.toBe(0);
    expect(output()).toContain("update canceled");
    await expectGone(pids);
  });

  it("is stopped by Ctrl-C even if it does not want to", async () => {
    const { cli, ended, pids, output } = await hanging(`process.on("SIGINT", () => {});`);
    cli.kill("SIGINT");
    await ended;
    expect(output()).toContain("update canceled");
    await expectGone(pids);
  });

  it("does not outlive a CLI that was killed", async () => {
    const { cli, ended, pids } = await hanging(`process.on("SIGINT", () => {});`);
    cli.kill("SIGKILL");
    await ended;
    await expectGone(pids);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("the engine", () => {
  it("hears which plugins the installed packages ask for, and about the runtime", async () => {
    const shop = await program("");
    const { output } = await shop.run("about");
    expect(output).toMatch(/resource\s+docker\s+5\.2\.0/);
    expect(output).toContain(`version='${process.version}'`);
    expect(output).toMatch(/@pulumi\/pulumi\s+3\.248\.0/);
  });

  it("runs a component package that is written in TypeScript", async () => {
    const shop = await project({
      "Pulumi.yaml": `${javascript}plugins: {providers: [{name: greeter, path: ./greeter}]}\n`,
      "package.json": manifest,
      "index.js": `
        const pulumi = require("@pulumi/pulumi");
        class Greeter extends pulumi.ComponentResource {
          constructor(name, args) {
            super("greeter:index:Greeter", name, { ...args, greeting: undefined }, {}, true);
          }
        }
        exports.greeting = new Greeter("hello", { who: "farm" }).greeting;
      `,
      "greeter/PulumiPlugin.yaml": "runtime: nodejs\n",
      "greeter/package.json": '{"name": "greeter", "version": "1.0.0", "main": "index.ts"}',
      "greeter/tsconfig.json":
        '{"compilerOptions": {"module": "commonjs", "target": "es2022", "strict": true}}',
      "greeter/index.ts": `
        import * as pulumi from "@pulumi/pulumi";
        export interface GreeterArgs { who: pulumi.Input<string>; }
        export class Greeter extends pulumi.ComponentResource {
          readonly greeting: pulumi.Output<string>;
          constructor(name: string, args: GreeterArgs, opts?: pulumi.ComponentResourceOptions) {
            super("greeter:index:Greeter", name, args, opts);
            const stash = new pulumi.Stash(name + "-state", { input: args.who }, { parent: this });
            this.greeting = pulumi.interpolate\`hello \${stash.output}\`;
            this.registerOutputs({ greeting: this.greeting });
          }
        }
      `,
    });
    const { exitCode, output } = await up(shop);
    expect(output).toContain("greeter:index:Greeter hello");
    expect(exitCode).toBe(0);
    expect(await outputs(shop)).toEqual({ greeting: "hello farm" });
  });

  it("has dependencies installed by the project's package manager", async () => {
    const shop = await project(
      {
        "Pulumi.yaml": javascript,
        "package.json": '{"name": "shop", "dependencies": {"cellar": "file:./cellar"}}',
        "cellar/package.json": '{"name": "cellar", "version": "1.2.3"}',
        "index.js": "",
      },
      { linkPackages: false },
    );
    const { exitCode, output } = await shop.run("install");
    expect(output).toContain("Installing dependencies with npm");
    expect(exitCode).toBe(0);
    expect(await readFile(join(shop.directory, "node_modules/cellar/package.json"), "utf8")).toContain(
      "1.2.3",
    );
  });

  it("hears why dependencies cannot be installed", async () => {
    const shop = await project(
      {
        "Pulumi.yaml": javascript,
        "package.json": '{"dependencies": {"x": "file:./gone.tgz"}}',
        "index.js": "",
      },
      { linkPackages: false },
    );
    const { exitCode, output } = await shop.run("install");
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(/npm install .* exited with non-zero exit code/);
  });

  it("hears what needs the official distribution", async () => {
    const shop = await program("");
    await shop.write("schema.json", '{"name": "greeter", "version": "1.0.0"}');
    const { exitCode, output } = await shop.run("package", "gen-sdk", "--language", "nodejs", "schema.json");
    expect(exitCode).not.toBe(0);
    expect(output).toContain("needs the official Pulumi distribution");
  });

  it("runs resources that the program itself implements", async () => {
    const shop = await program(`
      class Provider {
        async create(inputs) { return { id: "id-" + inputs.name, outs: { ...inputs, made: true } }; }
      }
      class Bottle extends pulumi.dynamic.Resource {
        constructor(name) { super(new Provider(), name, { name, made: undefined }); }
      }
      exports.made = new Bottle("rum").made;
    `);
    const { exitCode, output } = await up(shop);
    expect(output).toContain("pulumi-nodejs:dynamic:Resource rum");
    expect(exitCode).toBe(0);
    expect(await outputs(shop)).toEqual({ made: true });
  });
});
