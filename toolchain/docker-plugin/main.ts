import { readFileSync } from "node:fs";
import { connectEngine } from "./engine/connect";
import { messageOf } from "./errors";
import { serveProvider } from "./server";

/** The engine takes no other version than that of the SDK which the program uses. */
function sdkVersion(): string {
  const manifest = readFileSync(require.resolve("@pulumi/docker/package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

/** A Pulumi plugin's contract: the engine's address as argument, the port as the only line on stdout. */
async function main(): Promise<void> {
  const engineAddress = process.argv.slice(2).find((argument) => !argument.startsWith("-"));
  const server = await serveProvider({
    connect: connectEngine,
    version: sdkVersion(),
    ...(engineAddress !== undefined && { engineAddress }),
  });
  process.stdout.write(`${server.port}\n`);
  server.onEngineLost(() => {
    process.stderr.write("the Pulumi engine is gone, so the docker plugin ends as well\n");
    process.exit(1);
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`the docker plugin could not start: ${messageOf(error)}\n`);
  process.exitCode = 1;
});
