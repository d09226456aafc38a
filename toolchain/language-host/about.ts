import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { AboutResponse } from "@pulumi/pulumi/proto/language_pb";
import { choosePackageManager } from "./packageManager";
import type { Program } from "./programInfo";

/** What `pulumi about` shows of the runtime. */
export async function about({ options, programDirectory }: Program): Promise<AboutResponse> {
  const packageManager = choosePackageManager(options.packageManager, programDirectory);
  const response = new AboutResponse();
  response.setExecutable(process.execPath);
  response.setVersion(process.version);
  const metadata = response.getMetadataMap();
  metadata.set("packagemanager", packageManager);
  metadata.set("packagemanagerVersion", await commandVersion(packageManager));
  const typescript = typescriptVersion(programDirectory);
  if (typescript) metadata.set("typescriptVersion", typescript);
  return response;
}

/** Empty when the command is not there: `about` describes, it does not complain. */
async function commandVersion(command: string): Promise<string> {
  try {
    // npm and its like are batch files on Windows, which only a shell starts.
    const options = { timeout: 10_000, shell: process.platform === "win32" };
    return (await promisify(execFile)(command, ["--version"], options)).stdout.trim();
  } catch {
    return "";
  }
}

function typescriptVersion(programDirectory: string): string | undefined {
  try {
    const load = createRequire(join(programDirectory, "index.js"));
    return (load("typescript/package.json") as { version: string }).version;
  } catch {
    return undefined;
  }
}
