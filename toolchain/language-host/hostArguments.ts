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
    // `root` comes from older CLIs, the runtime's options come when the CLI starts a package of Node.js for a
    // program in another language; all of them arrive with each request too.
    options: {
      tracing: { type: "string" },
      runtime: { type: "string", default: "nodejs" },
      version: { type: "boolean", default: false },
      root: { type: "string" },
      packagemanager: { type: "string" },
      typescript: { type: "string" },
      tsconfig: { type: "string" },
      nodeargs: { type: "string" },
    },
  });
  if (values.runtime !== "nodejs") {
    throw new Error(
      `this language host runs nodejs programs only, not ${values.runtime}: set "runtime: nodejs"`,
    );
  }
  return { engineAddress: positionals[0], tracing: values.tracing, showVersion: values.version };
}
