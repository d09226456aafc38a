import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findingCodes } from "./status/finding";
import { exitCodes } from "./exitCodes";
import { plain } from "./io";
import { webfarmProgram } from "./program";

const page = readFileSync(join(__dirname, "../docs/11-command.md"), "utf8");
const silent = { out: () => undefined, note: () => undefined, terminal: false, colours: plain };
const program = webfarmProgram({ version: "0", versions: {} }, silent, () => undefined);

describe("docs/11-command.md", () => {
  it("names every command, every option for all of them, and every exit code", () => {
    const commands = program.commands.map((command) => `\`${command.name()}`);
    const options = program.options
      .filter(({ long }) => long !== "--version")
      .map(({ flags }) => `\`${flags}\``);
    const codes = Object.values(exitCodes).map((code) => `| ${code} `);
    expect([...commands, ...options, ...codes].filter((word) => !page.includes(word))).toEqual([]);
  });

  it("names every finding, and no option that there is not", () => {
    expect(findingCodes.filter((code) => !page.includes(`| \`${code}\``))).toEqual([]);
    const known = [program, ...program.commands].flatMap(({ options }) => options.map(({ long }) => long));
    const named = [...page.matchAll(/`(?:webfarm \w+ )?(--[a-z-]+)/g)].map(([, option]) => option);
    expect(named.filter((option) => ![...known, "--help"].includes(option))).toEqual([]);
  });
});
