import { parseArgs } from "node:util";

/** The command line that the CLI gives its language hosts: flags, then the engine's address. */
export interface HostArguments {
  readonly engineAddress: string | undefined;
  readonly tracing: string | undefined;
  readonly showVersion: boolean;
}

export function parseHostArguments(argv: readonly string[]): HostArguments {
  const { values, positionals } = parseArgs({
    // The CLI writes flags in Go's manner, with one dash.
    args: argv.map((argument) => argument.replace(/^-(?=[a-z]{2})/, "--")),
    allowPositionals: true,
    // `root` and `packagemanager` come from older CLIs; today both arrive with each request.
    options: {
      tracing: { type: "string" },
      runtime: { type: "string", default: "nodejs" },
      version: { type: "boolean", default: false },
      root: { type: "string" },
      packagemanager: { type: "string" },
    },
  });
  if (values.runtime !== "nodejs") {
    throw new Error(
      `this language host runs nodejs programs only, not ${values.runtime}: set "runtime: nodejs"`,
    );
  }
  return { engineAddress: positionals[0], tracing: values.tracing, showVersion: values.version };
}
