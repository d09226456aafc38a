/** What a project may say under `runtime: {name: nodejs, options: {...}}` in Pulumi.yaml. */
export interface RuntimeOptions {
  /** Load TypeScript sources directly (the SDK compiles them while it loads them). */
  readonly typescript: boolean;
  readonly tsconfig: string | undefined;
  /** Arguments for the Node process itself, for example `--max-old-space-size=4096`. */
  readonly nodeArguments: readonly string[];
  readonly packageManager: PackageManagerName | undefined;
}

export const packageManagerNames = ["npm", "yarn", "pnpm"] as const;
export type PackageManagerName = (typeof packageManagerNames)[number];

export function parseRuntimeOptions(options: Readonly<Record<string, unknown>>): RuntimeOptions {
  return {
    typescript: booleanOption(options, "typescript") ?? true,
    tsconfig: stringOption(options, "tsconfig"),
    nodeArguments: splitArguments(stringOption(options, "nodeargs") ?? ""),
    packageManager: packageManagerOption(stringOption(options, "packagemanager")),
  };
}

function packageManagerOption(value: string | undefined): PackageManagerName | undefined {
  if (value === undefined || value === "auto") return undefined;
  const known = packageManagerNames.find((name) => name === value);
  if (known) return known;
  throw new Error(
    `Pulumi.yaml: runtime option packagemanager is "${value}"; allowed are auto, ${packageManagerNames.join(", ")}`,
  );
}

function booleanOption(options: Readonly<Record<string, unknown>>, key: string): boolean | undefined {
  const value = options[key];
  if (value === undefined || typeof value === "boolean") return value;
  throw new Error(
    `Pulumi.yaml: runtime option ${key} is ${JSON.stringify(value)}; allowed are true and false`,
  );
}

function stringOption(options: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = options[key];
  if (value === undefined || typeof value === "string") return value;
  throw new Error(`Pulumi.yaml: runtime option ${key} is ${JSON.stringify(value)}; it must be a text`);
}

/** Splits like a shell does, without expansions: blanks separate, quotes group, a backslash escapes. */
export function splitArguments(line: string): string[] {
  const words = line.match(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*'|["'\\])+/gs) ?? [];
  return words.map((word) => {
    const parts = word.match(/\\.|"(?:[^"\\]|\\.)*"|'[^']*'|[^"'\\]+|["'\\]/gs) ?? [];
    return parts.map(unquote).join("");
  });

  function unquote(part: string): string {
    if (part === '"' || part === "'" || part === "\\") {
      throw new Error(`Pulumi.yaml: runtime option nodeargs has an unfinished ${part} in: ${line}`);
    }
    if (part.startsWith("'")) return part.slice(1, -1);
    if (part.startsWith('"')) return part.slice(1, -1).replace(/\\(["\\])/g, "$1");
    return part.startsWith("\\") ? part.slice(1) : part;
  }
}
