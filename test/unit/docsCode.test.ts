import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { plain } from "../../cli/io";
import { webfarmProgram } from "../../cli/program";
import { allBlocks, pages, placeOf, textOf } from "../support/pages";
import { projectRoot } from "../support/projectRoot";

const blocks = allBlocks();
const read = (file: string) => readFileSync(join(projectRoot, file), "utf8");
const manifest = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
const settings = Object.keys((parse(read("Pulumi.yaml")) as { config: object }).config);

describe("TypeScript in the pages", () => {
  it("compiles, each block as a program of its own", { timeout: 120_000 }, () => {
    const programs = blocks.filter(({ language }) => language === "ts");
    expect(programs.length).toBeGreaterThan(12);
    const files = new Map(
      programs.map((block, index) => [join(projectRoot, "docs", `block-${index}.mts`), block]),
    );
    // Strict as `webfarm init` has it; as modules, so that a block may wait for something.
    const options: ts.CompilerOptions = {
      strict: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.Node16,
      moduleResolution: ts.ModuleResolutionKind.Node16,
      lib: ["lib.es2022.d.ts"],
      types: ["node"],
      skipLibCheck: true,
      noEmit: true,
      esModuleInterop: true,
      paths: {
        "pulumi-webfarm": [join(projectRoot, "sdk/index.ts")],
        "pulumi-webfarm/testing": [join(projectRoot, "sdk/testing/index.ts")],
        "pulumi-webfarm/lab": [join(projectRoot, "lab/lab.ts")],
      },
    };
    const host = ts.createCompilerHost(options);
    const onDisk = ts.createCompilerHost(options);
    host.fileExists = (name) => files.has(name) || onDisk.fileExists(name);
    host.readFile = (name) => files.get(name)?.text ?? onDisk.readFile(name);
    const program = ts.createProgram([...files.keys()], options, host);
    const faults = [...files].flatMap(([name, block]) => {
      const source = program.getSourceFile(name);
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
        ({ messageText, start = 0 }) => {
          const { line = 0 } = source?.getLineAndCharacterOfPosition(start) ?? {};
          return `${block.page}:${block.line + 1 + line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
        },
      );
    });
    expect(faults).toEqual([]);
  });
});

describe("YAML and JSON in the pages", () => {
  it("can be read", () => {
    for (const { text } of blocks.filter(({ language }) => ["yaml", "yml"].includes(language))) {
      expect(
        parseAllDocuments(text).flatMap((document) => ("errors" in document ? document.errors : [])),
      ).toEqual([]);
    }
    for (const { text } of blocks.filter(({ language }) => language === "json")) JSON.parse(text);
  });
});

/** The lines of a shell block, without comments and with continued lines joined. */
function commandsOf(text: string): string[] {
  return text
    .replaceAll("\\\n", " ")
    .split("\n")
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
}

const shell = blocks
  .filter(({ language }) => language === "sh" || language === "powershell")
  .flatMap((block) => commandsOf(block.text).map((command) => ({ place: placeOf(block), command })));

/** Commands in the text, in backquotes. */
const inline = pages.flatMap((page) =>
  [
    ...textOf(page)
      .replace(/^```[\s\S]*?^```$/gm, "")
      .matchAll(/`((?:npx )?(?:npm|webfarm) [^`\n]+)`/g),
  ].map(([, command = ""]) => ({ place: page, command })),
);

describe("commands in the pages", () => {
  it("are npm scripts that there are", () => {
    const asked = [...shell, ...inline].flatMap(({ place, command }) =>
      [...command.matchAll(/\bnpm (?:(start|test)\b|run (?:--silent )?([\w:]+))/g)].map(
        ([, own, script]) => ({
          place,
          script: own ?? script ?? "",
        }),
      ),
    );
    expect(asked.length).toBeGreaterThan(10);
    expect(asked.filter(({ script }) => manifest.scripts[script] === undefined)).toEqual([]);
  });

  it("are sub-commands and options that webfarm has", () => {
    const silent = { out: () => undefined, note: () => undefined, terminal: false, colours: plain };
    const program = webfarmProgram({ version: "0", versions: {} }, silent, () => undefined);
    const asked = [...shell, ...inline].flatMap(({ place, command }) =>
      [...command.matchAll(/(?:^|[|;&] *|npx |--silent )webfarm (?:-- )?([a-z]+)([^|;&]*)/g)].map(
        ([, name = "", rest = ""]) => ({
          place,
          name,
          options: rest.split(" -- ")[0]?.match(/--[a-z-]+/g) ?? [],
        }),
      ),
    );
    expect(asked.length).toBeGreaterThan(10);
    const unknown = asked.filter(({ name, options }) => {
      const sub = program.commands.find((candidate) => candidate.name() === name);
      const known = [...program.options, ...(sub?.options ?? [])].map(({ long }) => long);
      return sub === undefined || options.some((option) => ![...known, "--help"].includes(option));
    });
    expect(unknown).toEqual([]);
  });

  it("set configuration that there is", () => {
    const docker = read("node_modules/@pulumi/docker/config/vars.d.ts");
    const known = (key: string) => {
      const [namespace, name = ""] = key.includes(":") ? key.split(":") : ["webfarm", key];
      if (namespace === "docker") return docker.includes(`const ${name}:`);
      return namespace === "webfarm" && [...settings, ...own].includes(name);
    };
    // Of the pages' own example programs, which read them by `config.require`.
    const own = [
      ...new Set(
        blocks.flatMap(({ text }) =>
          [...text.matchAll(/config\.\w+\("(\w+)"\)/g)].map(([, name = ""]) => name),
        ),
      ),
    ];
    const set = [
      ...shell,
      ...blocks.map((block) => ({ place: placeOf(block), command: block.text })),
    ].flatMap(({ place, command }) =>
      [...command.matchAll(/config set (?:--secret )?([\w:]+)/g)].map(([, key = ""]) => ({ place, key })),
    );
    const named = pages.flatMap((page) =>
      [...textOf(page).matchAll(/\b((?:webfarm|docker):[a-z]\w*)(?![\w:/.-])/g)].map(([, key = ""]) => ({
        place: page,
        key,
      })),
    );
    expect(set.length).toBeGreaterThan(5);
    expect([...set, ...named].filter(({ key }) => !known(key))).toEqual([]);
  });

  it("are every setting of the stack in the README's table", () => {
    const table = textOf("README.md").split("## Settings of the stack")[1]?.split("\n## ")[0] ?? "";
    expect(settings.filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
  });
});
