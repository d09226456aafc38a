import { writeFileSync } from "node:fs";
import type { HostRelease, Platform } from "../../sdk/args";
import { CommandError, exitCodes, type ExitCode } from "../exitCodes";
import type { Io } from "../io";

/** Options of `webfarm import`. */
export interface ImportOptions {
  json?: boolean;
  /** Name of the farm. */
  name: string;
  /** File to write; standard output when left out. */
  out?: string;
  platform?: Platform;
  release?: HostRelease;
  profile?: string[];
  /** The service that is the proxy. */
  proxy?: string;
  /** The service that is the console. */
  console?: string;
  /** `NAME=value` for variables of the files. */
  variable?: string[];
}

/** What an import gives: the program, and what the farm does in its own way. */
export interface Imported {
  program: string;
  notes: readonly { path: string; message: string }[];
}

/**
 * Reads compose files as a TypeScript program.
 *
 * @throws ComposeError with every fault of the files at once
 */
export async function importCompose(
  files: readonly string[],
  options: Omit<ImportOptions, "json" | "out">,
): Promise<Imported> {
  // All of Pulumi is behind the library's errors; only this command needs them.
  const { readComposeFiles } = await import("../../sdk/compose/fromCompose.js");
  const { toProgram } = await import("../../sdk/compose/program.js");
  const { name, platform, release, profile, proxy, console, variable } = options;
  const { args, notes } = readComposeFiles({
    file: [...files],
    ...(platform === undefined ? {} : { platform }),
    ...(release === undefined ? {} : { hostRelease: release }),
    ...(profile === undefined ? {} : { profiles: profile }),
    ...(proxy === undefined ? {} : { proxy }),
    ...(console === undefined ? {} : { console }),
    ...(variable === undefined ? {} : { variables: variablesIn(variable) }),
  });
  return { program: toProgram(name, args), notes };
}

function variablesIn(assignments: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    assignments.map((assignment) => {
      const [, name, value] = /^(\w+)=([^]*)$/.exec(assignment) ?? [];
      if (name === undefined || value === undefined) {
        throw new CommandError(`${assignment} sets no variable`, "write it as NAME=value", exitCodes.usage);
      }
      return [name, value];
    }),
  );
}

/** `webfarm import`: a program from compose files. */
export async function importCommand(
  files: readonly string[],
  options: ImportOptions,
  io: Io,
): Promise<ExitCode> {
  const { program, notes } = await importCompose(files, options);
  const { out, json } = options;
  if (out !== undefined) writeNew(out, program);
  if (json === true) {
    io.out(JSON.stringify({ program, notes, ...(out === undefined ? {} : { file: out }) }, undefined, 2));
    return exitCodes.ok;
  }
  for (const { path, message } of notes) io.note(`${path}: ${message}`);
  if (out === undefined) io.out(program.trimEnd());
  else
    io.out(
      `${out} is written. Values of variables stand in it as they are now; make config of those that are secret.`,
    );
  return exitCodes.ok;
}

/**
 * Writes a file that is not there yet.
 *
 * @throws CommandError when it is
 */
export function writeNew(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: "wx" });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") {
      throw new CommandError(
        `${file} is there already`,
        "choose another name, or remove it",
        exitCodes.found,
      );
    }
    throw new CommandError(`${file} cannot be written: ${String(code)}`, "check the path", exitCodes.found);
  }
}
