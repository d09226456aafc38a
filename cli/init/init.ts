import { existsSync, mkdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { Platform } from "../../sdk/args";
import { CommandError, exitCodes, type ExitCode } from "../exitCodes";
import { importCompose, writeNew } from "../import/import";
import type { Io } from "../io";
import { firstFarm, projectFiles } from "./files";

/** Options of `webfarm init`. */
export interface InitOptions {
  json?: boolean;
  /** Name of project and farm. */
  name?: string;
  platform?: Platform;
  /** Compose files that the farm is made from. */
  compose?: string[];
}

/** `webfarm init`: a new Pulumi project with a farm, in a folder of its own. */
export async function init(
  folder: string,
  options: InitOptions,
  versions: Readonly<Record<string, string>>,
  io: Io,
): Promise<ExitCode> {
  const directory = resolve(folder);
  const name = options.name ?? basename(directory).toLowerCase();
  if (!/^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/.test(name)) {
    throw new CommandError(
      `${name} is no name of a farm`,
      "give --name, of small letters, digits and -, beginning with a letter",
      exitCodes.usage,
    );
  }
  const files = projectFiles({ name, program: await programOf(name, options, io), versions });
  const present = Object.keys(files).filter((file) => existsSync(join(directory, file)));
  if (present.length > 0) {
    throw new CommandError(
      `${directory} holds ${present.join(", ")} already`,
      "choose another folder; nothing was written",
      exitCodes.found,
    );
  }
  mkdirSync(directory, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeNew(join(directory, file), text);
  if (options.json === true) {
    io.out(JSON.stringify({ folder: directory, name, files: Object.keys(files) }, undefined, 2));
    return exitCodes.ok;
  }
  io.out(`${directory} holds ${Object.keys(files).join(", ")}. Next:`);
  io.out(`  cd ${folder}\n  npm install\n  pulumi stack init dev\n  webfarm doctor\n  pulumi preview`);
  return exitCodes.ok;
}

async function programOf(
  name: string,
  { compose, platform = "windows" }: InitOptions,
  io: Io,
): Promise<string> {
  if (compose === undefined) {
    const { toProgram } = await import("../../sdk/compose/program.js");
    return toProgram(name, firstFarm(platform));
  }
  const { program, notes } = await importCompose(compose, { name, platform });
  for (const { path, message } of notes) io.note(`${path}: ${message}`);
  return program;
}
