import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, freePort, uniqueName } from "../support/engine";
import { TestFront } from "../support/front";
import { allBlocks, blocksOf, outputsOfRuns, placeOf, textOf, withoutChance } from "../support/pages";
import { TestProject } from "../support/project";
import { nodeModules, projectRoot } from "../support/projectRoot";

/** What the runs below printed, by the name that the pages give it. */
const printed = new Map<string, string>();

/** The shell commands of a page's section. */
function commandsOf(page: string, section: string): string[] {
  const text = textOf(page);
  const from = text.indexOf(`\n## ${section}\n`);
  const line = (at: number) => text.slice(0, at).split("\n").length;
  const [first, last] = [line(from), line(text.indexOf("\n## ", from + 1))];
  return blocksOf(page)
    .filter((block) => block.language === "sh" && block.line > first && block.line < last)
    .flatMap((block) => block.text.split("\n"));
}

/** Runs a command line as a user types it; all that it printed. */
function type(command: string, cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((done, fail) => {
    const options = { cwd, env, timeout: 120_000, maxBuffer: 1 << 26 };
    execFile("sh", ["-c", command], options, (error, stdout, stderr) => {
      if (error === null) done(stdout + stderr);
      else fail(new Error(`${command}: ${error.message}\n${stdout}${stderr}`));
    });
  });
}

describe("README.md, Try it", () => {
  const commands = commandsOf("README.md", "Try it");
  // This very run.
  const elsewhere = ["npm test"];
  const outputs: Record<string, (typeof outputsOfRuns)[number]> = {
    "npm start": "npm-start",
    "npm run --silent pulumi -- preview --diff": "scale-preview-diff",
    "npm run --silent pulumi -- up --yes": "scale-up",
    "npm run --silent webfarm -- status": "status",
  };
  // Names and port of its own, so that it does not meet a farm that runs here; CLI, engine and packages are there.
  const project = uniqueName("readme");
  let copy: string;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    copy = await realpath(await mkdtemp(join(tmpdir(), "webfarm-readme-")));
    const left = new Set([".git", ".webfarm", "node_modules"]);
    await cp(projectRoot, copy, {
      recursive: true,
      filter: (file) =>
        !left.has(relative(projectRoot, file)) && !/^Pulumi\.[^.]+\.yaml$/.test(basename(file)),
    });
    await symlink(nodeModules, join(copy, "node_modules"));
    // What this machine cannot reach need not be tried again.
    await mkdir(join(copy, ".webfarm"));
    const unreachable = join(".webfarm", "unreachable.json");
    if (existsSync(join(projectRoot, unreachable))) {
      await cp(join(projectRoot, unreachable), join(copy, unreachable));
    }
    const projectFile = join(copy, "Pulumi.yaml");
    await writeFile(
      projectFile,
      (await readFile(projectFile, "utf8")).replace(/^name: .*$/m, `name: ${project}`),
    );
    await writeFile(
      join(copy, "Pulumi.dev.yaml"),
      `config:\n  ${project}:publishPort: "${await freePort()}"\n`,
    );
    const own = Object.entries(process.env).filter(([name]) => !/^(PULUMI_|WEBFARM_|npm_)/.test(name));
    env = Object.fromEntries(own);
  });

  afterAll(async () => {
    // Nothing to do after the last command; all of it when one before it failed.
    await type("npm run destroy", copy, env);
    await rm(copy, { recursive: true });
  });

  /** The gate's own checks are ahead of the engine's, which the status tells of: five are healthy a moment later. */
  function healthyStatus(command: string): Promise<string> {
    // Other farms on this engine are nothing to a newcomer, and may have problems.
    const own = `${command} --stack ${project}/dev`;
    return eventually("five healthy replicas", 30, async () => {
      const text = await type(own, copy, env);
      return text.includes("5 of 5 healthy") ? text : undefined;
    });
  }

  it("each command does what it says, one after the other", { timeout: 240_000 }, async () => {
    expect(commands).toEqual(
      expect.arrayContaining([...elsewhere, ...Object.keys(outputs), "npm run destroy"]),
    );
    for (const command of commands.filter((command) => !elsewhere.includes(command))) {
      const output = outputs[command];
      const text = output === "status" ? await healthyStatus(command) : await type(command, copy, env);
      if (output !== undefined) printed.set(output, text);
    }
    expect(printed.get("scale-up")).toContain("webapp 2 -> 5: +3 replicas, proxy reloads");
    expect(printed.get("status")).toContain(`shop (stack ${project}/dev): all is well`);
    printed.set("status", printed.get("status")?.replaceAll(project, "webfarm") ?? "");
  });
});

describe("docs/07-migrating-from-compose.md", () => {
  let front: TestFront;
  let shop: TestProject;

  beforeAll(async () => {
    front = await TestFront.start({ release: "2016" });
    await mkdir(join(front.directory, "c/containers/data"), { recursive: true });
    const library = JSON.stringify(join(projectRoot, "dist/sdk/index.js"));
    shop = await TestProject.create(
      {
        "Pulumi.yaml":
          "name: shop\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.js\n",
        "package.json": "{}",
        "index.js": `const { WindowsWebFarm } = require(${library});
const farm = WindowsWebFarm.fromCompose("shop", { file: "docker-compose.yml", hostRelease: "2016", replicas: { webapp: 2 } });
exports.url = farm.url;`,
      },
      { dockerHost: front.host },
    );
    await cp(join(projectRoot, "test/fixtures/compose/field-report"), shop.directory, { recursive: true });
  });

  afterAll(async () => {
    await shop.remove();
    await front.close();
  });

  it("the field report's file is previewed as it is", async () => {
    const { exitCode, output } = await shop.run("preview");
    expect(exitCode, output).toBe(0);
    printed.set("migration-preview", output);
  });
});

describe("what the pages say is printed", () => {
  const shown = allBlocks().filter(({ output }) =>
    (outputsOfRuns as readonly (string | undefined)[]).includes(output),
  );

  it("has every output that is run here", () => {
    expect(new Set(shown.map(({ output }) => output))).toEqual(new Set(outputsOfRuns));
  });

  it.each(shown.map((block) => [placeOf(block), block] as const))("%s was printed just now", (_, block) => {
    const lines = new Set(withoutChance(printed.get(block.output ?? "") ?? "").split("\n"));
    const missing = withoutChance(block.text)
      .split("\n")
      .filter((line) => line.trim() !== "..." && !lines.has(line));
    expect(missing).toEqual([]);
  });
});

describe("pulumi commands in the pages", () => {
  const asked = [
    ...new Set(
      allBlocks()
        .filter(({ language }) => ["sh", "powershell", "yaml"].includes(language))
        .flatMap(({ text }) => text.match(/\bpulumi (?:-- )?[a-z][^\n|;&#]*/g) ?? [])
        .map((command) => command.replace("pulumi -- ", "pulumi ").trim()),
    ),
  ];

  it("are there, with the options that are given to them", { timeout: 120_000 }, async () => {
    expect(asked.length).toBeGreaterThan(8);
    const help = new Map<string, string>();
    for (const command of asked) {
      const words = command.split(" ").slice(1);
      const groups = ["config", "stack", "plugin", "state"];
      const name = words.slice(0, groups.includes(words[0] ?? "") && /^[a-z]/.test(words[1] ?? "") ? 2 : 1);
      const path = name.join(" ");
      if (!help.has(path)) help.set(path, await type(`pulumi ${path} --help`, projectRoot, process.env));
      const text = help.get(path) ?? "";
      const alias = new RegExp(`\\nAliases:\\n .*\\b${name.at(-1) ?? ""}\\b`);
      expect(text.includes(`\n  pulumi ${path} `) || alias.test(text), `${command}\n${text}`).toBe(true);
      for (const [option] of command.matchAll(/--[a-z-]+/g)) expect(text, command).toContain(option);
    }
  });
});
