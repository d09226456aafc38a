import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { engineIds, type ExportedState } from "./exportedState";

const limitSeconds = 60;

/**
 * The ids of all containers and networks that this stack's state knows, also of those that an earlier `up` could
 * not delete. Only the CLI can tell; it is asked only when there is something to decide.
 *
 * @throws Error when the CLI cannot be run or cannot read the state
 */
export async function idsInState(): Promise<Set<string>> {
  const stack = stackName(pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack());
  const { stdout } = await promisify(execFile)(
    "pulumi",
    ["stack", "export", "--stack", stack, "--non-interactive"],
    { timeout: limitSeconds * 1000, maxBuffer: 1 << 28, shell: process.platform === "win32" },
  );
  return engineIds(JSON.parse(stdout) as ExportedState);
}

/** The stack as the CLI takes it; Pulumi's own names pass, and nothing that a shell would read. */
export function stackName(...parts: string[]): string {
  const odd = parts.find((part) => !/^\w[\w.-]*$/.test(part));
  if (odd !== undefined) throw new Error(`${JSON.stringify(odd)} is no name that the CLI could be asked for`);
  return parts.join("/");
}
