import { createRequire } from "node:module";
import { resolveSdkEntry } from "./sdkModule";

/**
 * `pulumi-resource-pulumi-nodejs`, the provider of resources that a program itself implements
 * (pulumi.dynamic). The engine starts it in the program's directory; the SDK does the rest, reading its
 * arguments from this process and printing its port.
 */
try {
  const entry = resolveSdkEntry("dynamic-provider", process.cwd());
  createRequire(entry)(entry);
} catch (error) {
  process.stderr.write(
    `pulumi-resource-pulumi-nodejs: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
}
