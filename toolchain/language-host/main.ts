import { readFileSync } from "node:fs";
import { watchEngine } from "./engineConnection";
import { parseHostArguments } from "./hostArguments";
import { languageService } from "./languageService";
import { NodeProcesses } from "./nodeProcess";
import { startServer } from "./server";

/**
 * The Node.js language host, `pulumi-language-nodejs`, for a Pulumi CLI that was built rather than
 * downloaded: the CLI starts it, reads a port from its standard output and calls it over gRPC.
 */
async function main(): Promise<void> {
  const { engineAddress, tracing, showVersion } = parseHostArguments(process.argv.slice(2));
  const version = protocolVersion();
  if (showVersion) {
    process.stdout.write(`${version}\n`);
    return;
  }

  const processes = new NodeProcesses();
  const leave = (exitCode: number): void => {
    void processes.stopAll().finally(() => process.exit(exitCode));
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      leave(0);
    });
  }
  process.on("exit", () => {
    processes.killAll();
  });
  const watch = (address: string): void => {
    watchEngine(address, () => {
      leave(1);
    });
  };
  if (engineAddress) watch(engineAddress);

  const port = await startServer(languageService({ version, engineAddress, tracing, processes, watch }));
  process.stdout.write(`${port}\n`);
}

/** The version of the SDK whose protocol this host speaks. */
function protocolVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(require.resolve("@pulumi/pulumi/package.json"), "utf8"));
  return (manifest as { version: string }).version;
}

main().catch((error: unknown) => {
  process.stderr.write(`pulumi-language-nodejs: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
