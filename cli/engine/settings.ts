import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { yaml } from "../../sdk/compose/yaml";
import type { EngineEndpoint } from "../../sdk/reload/engineEndpoint";
import { messageOf } from "../../sdk/errorText";

/** What may be said on the command line of where the engine is. */
export interface EngineOptions {
  /** The engine's address. */
  host?: string;
  /** Folder with ca.pem, cert.pem and key.pem. */
  certPath?: string;
  /** The Pulumi stack whose `docker:` settings count. */
  stack?: string;
  /** The Pulumi project's folder. */
  cwd?: string;
}

/** The configuration of a Pulumi stack by `namespace:key`. */
export type StackConfig = Readonly<Record<string, string>>;

/** Where the engine is, and who says so. */
export interface EngineSettings {
  endpoint: EngineEndpoint;
  source: string;
}

/**
 * Where the engine is: the command line goes before the stack's `docker:` settings, which the components
 * follow too, and those before the environment. Pure.
 */
export function engineSettings(
  { host, certPath }: EngineOptions,
  config: StackConfig,
  environment: Readonly<Record<string, string | undefined>>,
): EngineSettings {
  if (host !== undefined || certPath !== undefined) {
    const from = host ?? config["docker:host"] ?? environment.DOCKER_HOST;
    return { endpoint: defined({ host: from, certPath }), source: "the command line" };
  }
  const configured = defined({
    host: config["docker:host"],
    certPath: config["docker:certPath"],
    ca: config["docker:caMaterial"],
    cert: config["docker:certMaterial"],
    key: config["docker:keyMaterial"],
  });
  if (Object.keys(configured).length > 0) {
    return { endpoint: configured, source: "the stack's docker: settings" };
  }
  const set = (environment.DOCKER_HOST ?? "") !== "";
  return { endpoint: {}, source: set ? "DOCKER_HOST" : "the engine's usual place" };
}

function defined(endpoint: { [K in keyof EngineEndpoint]: string | undefined }): EngineEndpoint {
  return Object.fromEntries(
    Object.entries(endpoint).filter(([, value]) => value !== undefined && value !== ""),
  );
}

/** Pulumi.yaml of the project that a folder is in, if it is in one. */
export function projectFile(folder = process.cwd()): string | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const found = ["Pulumi.yaml", "Pulumi.yml"]
      .map((name) => join(at, name))
      .find((file) => existsSync(file));
    if (found !== undefined || at === dirname(at)) return found;
  }
}

/** The name that a project's file gives it. */
export function projectName(file: string): string {
  return (yaml().parse(readFileSync(file, "utf8")) as { name: string }).name;
}

const limitSeconds = 30;

/** Runs the Pulumi CLI in a project's folder and gives back what it printed. */
export async function pulumiCli(cwd: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)("pulumi", [...args, "--non-interactive"], {
    cwd,
    timeout: limitSeconds * 1000,
    maxBuffer: 1 << 28,
    shell: process.platform === "win32",
  });
  return stdout;
}

/** The configuration of the project's stack; empty outside of a project. */
export async function stackConfig(
  { cwd, stack }: EngineOptions,
  note: (line: string) => void,
): Promise<StackConfig> {
  const file = projectFile(cwd);
  if (file === undefined) return {};
  const [name, project = projectName(file)] = (stack ?? "").split("/").reverse();
  // What another project's stack says cannot be known from here.
  if (project !== projectName(file)) return {};
  const chosen = stack === undefined ? [] : ["--stack", name ?? ""];
  try {
    const text = await pulumiCli(dirname(file), ["config", "--json", "--show-secrets", ...chosen]);
    const config = JSON.parse(text) as Record<string, { value?: string }>;
    return Object.fromEntries(
      Object.entries(config).flatMap(([key, { value }]) => (value === undefined ? [] : [[key, value]])),
    );
  } catch (error) {
    note(`The stack's settings are not read (${reason(error)}); choose one with --stack, or give --host.`);
    return {};
  }
}

/** The Pulumi CLI's own words, without the command line before them. */
export function reason(error: unknown): string {
  const { code, stderr } = error as { code?: unknown; stderr?: string };
  if (code === "ENOENT") return "there is no pulumi on the PATH";
  const line = stderr?.split("\n").find((text) => text.trim() !== "");
  return line?.replace(/^error: /, "").trim() ?? messageOf(error);
}
