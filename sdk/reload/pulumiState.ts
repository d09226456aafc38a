import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as pulumi from "@pulumi/pulumi";

const limitSeconds = 60;

/** What of an exported state is of interest here. */
interface ExportedState {
  deployment: { resources?: { type: string; id?: string }[] };
}

/**
 * The ids of all containers that this stack's state knows, also of those that an earlier `up` could not
 * delete. Only the CLI can tell; it is asked only when there is something to decide.
 *
 * @throws Error when the CLI cannot be run or cannot read the state
 */
export async function containersInState(): Promise<Set<string>> {
  const stack = stackName(pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack());
  const { stdout } = await promisify(execFile)(
    "pulumi",
    ["stack", "export", "--stack", stack, "--non-interactive"],
    { timeout: limitSeconds * 1000, maxBuffer: 1 << 28, shell: process.platform === "win32" },
  );
  return containerIds(JSON.parse(stdout) as ExportedState);
}

/** The stack as the CLI takes it; Pulumi's own names pass, and nothing that a shell would read. */
export function stackName(...parts: string[]): string {
  const odd = parts.find((part) => !/^\w[\w.-]*$/.test(part));
  if (odd !== undefined) throw new Error(`${JSON.stringify(odd)} is no name that the CLI could be asked for`);
  return parts.join("/");
}

/** Pure part of {@link containersInState}. */
export function containerIds({ deployment }: ExportedState): Set<string> {
  const containers = (deployment.resources ?? []).filter(
    ({ type }) => type === "docker:index/container:Container",
  );
  return new Set(containers.flatMap(({ id }) => (id === undefined ? [] : [id])));
}
