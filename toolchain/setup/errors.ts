/** Something that the user can put right: shown as a message and a way out, without a stack trace. */
export class SetupError extends Error {
  override readonly name = "SetupError";

  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

/** What the terminal shows for an error that ended a command. */
export function errorText(error: unknown): string {
  if (error instanceof SetupError) return `error: ${error.message}\n${indent(error.hint)}`;
  if (error instanceof Error) return `unexpected error, please report it: ${error.stack ?? error.message}`;
  return `unexpected error, please report it: ${String(error)}`;
}

function indent(text: string): string {
  return text
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
}
