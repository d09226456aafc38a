import { join } from "node:path";
import type { RuntimeOptions } from "./runtimeOptions";

/** One word rather than two: the SDK takes a lone `--require` for a loader and then loads no ESM TypeScript. */
const preload = `--require=${join(__dirname, "inspectErrors.js")}`;

/** One `node` process: what to spawn, where, and with which environment. */
export interface Command {
  readonly arguments: readonly string[];
  readonly workingDirectory: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
}

export interface ProgramRun {
  /** The SDK's own entry (`@pulumi/pulumi/cmd/run`), as found from the program's directory. */
  readonly runModule: string;
  readonly entryPoint: string;
  readonly programArguments: readonly string[];
  readonly monitorAddress: string;
  readonly engineAddress: string;
  readonly organization: string;
  readonly project: string;
  readonly stack: string;
  readonly rootDirectory: string;
  readonly programDirectory: string;
  readonly dryRun: boolean;
  readonly parallel: number;
  readonly tracing: string | undefined;
  readonly config: Readonly<Record<string, string>>;
  readonly configSecretKeys: readonly string[];
}

export function programCommand(
  run: ProgramRun,
  options: RuntimeOptions,
  inherited: NodeJS.ProcessEnv,
): Command {
  const flags: readonly (readonly [string, string | undefined])[] = [
    ["monitor", run.monitorAddress],
    ["engine", run.engineAddress],
    ["organization", run.organization],
    ["project", run.project],
    ["root-directory", run.rootDirectory],
    ["stack", run.stack],
    ["pwd", run.programDirectory],
    ["parallel", String(run.parallel)],
    ["tracing", run.tracing],
  ];
  return {
    arguments: [
      preload,
      ...options.nodeArguments,
      run.runModule,
      ...flags.flatMap(([name, value]) => (value ? [`--${name}`, value] : [])),
      ...(run.dryRun ? ["--dry-run"] : []),
      run.entryPoint || ".",
      ...run.programArguments,
    ],
    // The SDK itself changes to `--pwd`.
    workingDirectory: undefined,
    environment: {
      ...inherited,
      ...typescriptEnvironment(options),
      PULUMI_CONFIG: configJson(run.config),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(run.configSecretKeys),
    },
  };
}

export interface PluginRun {
  /** The SDK's own entry (`@pulumi/pulumi/cmd/run-plugin`), as found from the plugin's directory. */
  readonly runModule: string;
  readonly pluginDirectory: string;
  readonly pluginArguments: readonly string[];
  readonly workingDirectory: string;
  /** The whole environment, as `NAME=value`. */
  readonly environment: readonly string[];
}

export function pluginCommand(run: PluginRun, options: RuntimeOptions): Command {
  return {
    arguments: [
      preload,
      ...options.nodeArguments,
      run.runModule,
      run.pluginDirectory,
      ...run.pluginArguments,
    ],
    workingDirectory: run.workingDirectory,
    environment: { ...environmentFromPairs(run.environment), ...typescriptEnvironment(options) },
  };
}

/** The SDK keeps to the long form of configuration keys, `namespace:config:name`. */
export function configJson(config: Readonly<Record<string, string>>): string {
  return JSON.stringify(
    Object.fromEntries(Object.entries(config).map(([key, value]) => [longConfigKey(key), value])),
  );
}

function longConfigKey(key: string): string {
  const colon = key.indexOf(":");
  if (colon < 0) throw new Error(`configuration key "${key}" has no namespace; expected namespace:name`);
  const name = key.slice(colon + 1);
  return name.startsWith("config:") ? key : `${key.slice(0, colon)}:config:${name}`;
}

function environmentFromPairs(pairs: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(
    pairs.map((pair) => {
      // Windows has variables whose names start with "=", such as "=C:".
      const equals = pair.indexOf("=", 1);
      return equals < 0 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
}

function typescriptEnvironment(options: RuntimeOptions): NodeJS.ProcessEnv {
  return {
    PULUMI_NODEJS_TYPESCRIPT: String(options.typescript),
    ...(options.tsconfig ? { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig } : {}),
  };
}
