import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { hasOwnBackend } from "../setup/environment";
import { readTextIfPresent } from "../setup/files";
import type { ProjectPaths } from "../setup/paths";
import { runOrFail, type RunResult } from "../setup/process";
import type { Toolchain } from "../setup";

/** The stack that the commands look after. Others can be made beside it with `npm run pulumi`. */
export const STACK = "dev";

const QUERY_SECONDS = 120;

const replicaSchema = z.object({ name: z.string() });
const outputsSchema = z.object({
  url: z.string(),
  localUrl: z.string(),
  consoleCommand: z.string(),
  replicas: z.array(replicaSchema),
});
const exportSchema = z.object({
  deployment: z
    .object({
      resources: z.array(z.object({ type: z.string() })).optional(),
      pending_operations: z.array(z.unknown()).nullish(),
    })
    .nullish(),
});

/** The outputs of the stack at the project's root. */
export type StackOutputs = z.infer<typeof outputsSchema>;

/** Runs the CLI to answer a question, without a terminal and within a limit of time. */
export function pulumi(toolchain: Toolchain, what: string, args: readonly string[]): Promise<RunResult> {
  return runOrFail(what, toolchain.cli.file, [...args, "--non-interactive"], {
    cwd: toolchain.paths.root,
    env: toolchain.env,
    timeoutSeconds: QUERY_SECONDS,
    logFile: join(toolchain.paths.log, "pulumi.log"),
  });
}

/** Makes the stack when there is none, and selects it. */
export async function selectStack(toolchain: Toolchain): Promise<void> {
  await pulumi(toolchain, "selecting the stack", ["stack", "select", STACK, "--create"]);
}

/** The project's name: its configuration keys begin with it. */
export function projectName(paths: ProjectPaths): string {
  const match = /^name:\s*["']?([^\s"']+)/m.exec(readFileSync(join(paths.root, "Pulumi.yaml"), "utf8"));
  if (match?.[1] === undefined) throw new Error("Pulumi.yaml names no project");
  return match[1];
}

/** The keys that the stack's file itself sets; the CLI's listing mixes the project's defaults in. */
export function keysSetIn(stackFile: string, project: string): Set<string> {
  const keys = stackFile.matchAll(/^ {2}["']?([^:\s"']+):([^:\s"']+)["']?:/gm);
  return new Set(
    [...keys].flatMap(([, owner, key]) => (owner === project && key !== undefined ? [key] : [])),
  );
}

/** Sets those keys that the stack does not set yet; what the user has set stays. */
export async function setMissingConfig(
  toolchain: Toolchain,
  values: Readonly<Record<string, string>>,
): Promise<string[]> {
  const file = join(toolchain.paths.root, `Pulumi.${STACK}.yaml`);
  const present = keysSetIn(readTextIfPresent(file) ?? "", projectName(toolchain.paths));
  const missing = Object.entries(values).filter(([key]) => !present.has(key));
  if (missing.length === 0) return [];
  const pairs = missing.flatMap(([key, value]) => ["--plaintext", `${key}=${value}`]);
  await pulumi(toolchain, "setting the configuration", ["config", "set-all", "--stack", STACK, ...pairs]);
  return missing.map(([key, value]) => `${key}=${value}`);
}

export async function readOutputs(toolchain: Toolchain): Promise<StackOutputs> {
  const { stdout } = await pulumi(toolchain, "reading the outputs", [
    "stack",
    "output",
    "--json",
    "--stack",
    STACK,
  ]);
  return outputsSchema.parse(JSON.parse(stdout));
}

/** Whether the stack's state names nothing that a destroy would have to delete. */
export async function isStackEmpty(toolchain: Toolchain): Promise<boolean> {
  const { stdout } = await pulumi(toolchain, "reading the state", ["stack", "export", "--stack", STACK]);
  const deployment = exportSchema.parse(JSON.parse(stdout)).deployment;
  const made = (deployment?.resources ?? []).filter(({ type }) => !type.startsWith("pulumi:"));
  return made.length === 0 && (deployment?.pending_operations ?? []).length === 0;
}

/** Whether the private backend holds the stack; undefined for a backend of the user's own. */
export function stackExistsLocally(paths: ProjectPaths): boolean | undefined {
  if (hasOwnBackend(process.env)) return undefined;
  return existsSync(join(paths.state, ".pulumi", "stacks", projectName(paths), `${STACK}.json`));
}
