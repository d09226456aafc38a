import { createRequire } from "node:module";
import { join } from "node:path";

export type SdkEntry = "run" | "run-plugin" | "dynamic-provider";

/** Finds the SDK that the program itself would load, so that host and program never disagree on it. */
export function resolveSdkEntry(entry: SdkEntry, programDirectory: string): string {
  try {
    return createRequire(join(programDirectory, "index.js")).resolve(`@pulumi/pulumi/cmd/${entry}`);
  } catch (error) {
    if (!isModuleNotFound(error)) throw error;
    const install = entry === "run-plugin" ? `npm install in ${programDirectory}` : "pulumi install";
    throw new Error(
      `The Pulumi SDK (@pulumi/pulumi) is not installed: it was looked for from ${programDirectory}. ` +
        `Run "${install}" and try again.`,
      { cause: error },
    );
  }
}

function isModuleNotFound(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND";
}
