/** How a command ends; documented in docs/11-command.md. */
export const exitCodes = {
  /** All is well, or was done. */
  ok: 0,
  /** The command found, or could not mend, something that is wrong. */
  found: 1,
  /** The command was not understood. */
  usage: 2,
  /** The engine, or the Pulumi CLI where it is needed, could not be reached. */
  unreachable: 3,
} as const;

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends a command with a message for a person: what is wrong, and what to do next. */
export class CommandError extends Error {
  constructor(
    message: string,
    readonly hint: string,
    readonly exitCode: ExitCode = exitCodes.unreachable,
  ) {
    super(message);
    this.name = "CommandError";
  }
}
