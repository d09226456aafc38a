import { CommanderError } from "commander";
import type { FarmError, FarmIssue } from "../sdk/schema/farmError";
import { CommandError, exitCodes, type ExitCode } from "./exitCodes";
import type { Io } from "./io";
import { webfarmProgram, type PackageFacts } from "./program";
import { messageOf } from "../sdk/errorText";

/** Runs a command line to its end; every failure is a message and an exit code, never a stack trace. */
export async function run(args: readonly string[], facts: PackageFacts, io: Io): Promise<number> {
  let exitCode: number = exitCodes.ok;
  const program = webfarmProgram(facts, io, (code) => (exitCode = code));
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    // commander has said already what it did not understand; its help and version are no errors.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const json = args.includes("--json");
    return fail(error, json, io);
  }
}

/** What `--json` prints for bad input. */
interface Refusal {
  error: "FarmError";
  issues: readonly FarmIssue[];
}

function fail(error: unknown, json: boolean, io: Io): ExitCode {
  // Known by its form: its class would load all of Pulumi with every command.
  const { issues, message: faults } = error as Partial<FarmError>;
  if (issues !== undefined) {
    if (json) io.out(JSON.stringify({ error: "FarmError", issues } satisfies Refusal, undefined, 2));
    else io.note(faults ?? "");
    return exitCodes.found;
  }
  const message = messageOf(error);
  const { hint, exitCode } =
    error instanceof CommandError
      ? error
      : { hint: "if it comes again, look at the engine's own log", exitCode: exitCodes.found };
  if (json) io.out(JSON.stringify({ error: message, hint }, undefined, 2));
  else io.note(`webfarm: ${message}\n  -> ${hint}`);
  return exitCode;
}
