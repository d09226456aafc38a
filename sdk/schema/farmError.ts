import * as pulumi from "@pulumi/pulumi";

/**
 * What can be wrong with the arguments of a component. The set is closed: tests and tools may switch over it, texts
 * may change. `docs/errors.md` has cause and cure of each.
 */
export type FarmIssueCode =
  /** A property that has no default is missing. */
  | "required"
  /** A property that no component knows. */
  | "unknownKey"
  /** A value of the wrong type: text where a number belongs, a fraction where a whole number belongs. */
  | "wrongType"
  /** A value outside its range. */
  | "outOfRange"
  /** A value that is none of the allowed ones. */
  | "notAllowed"
  /** Text that does not have the required form. */
  | "invalidFormat"
  /** Two values that exclude each other, or the same name or port given twice. */
  | "conflict"
  /** Something that Windows engines refuse. */
  | "refusedOnWindows"
  /** A file that is no YAML, or no nginx configuration. */
  | "syntax"
  /** Something of a compose file that neither this library nor its farms have. */
  | "unsupported"
  /** An image that neither the engine nor its registry has. */
  | "notFound"
  /** An engine that does not answer. */
  | "unreachable";

/** Every {@link FarmIssueCode}. */
export const farmIssueCodes = [
  "required",
  "unknownKey",
  "wrongType",
  "outOfRange",
  "notAllowed",
  "invalidFormat",
  "conflict",
  "refusedOnWindows",
  "syntax",
  "unsupported",
  "notFound",
  "unreachable",
] as const satisfies readonly FarmIssueCode[];

/** One fault in the arguments of a component. */
export interface FarmIssue {
  /** Where: the property as one writes it in a program, such as `webapp.ports[0].container`. */
  path: string;
  /** What kind of fault. */
  code: FarmIssueCode;
  /** What is wrong, with the value, and what is allowed. */
  message: string;
  /** What to do about it. */
  hint?: string;
  /** The line of the file at fault, and a caret below its place; only for faults of files. */
  excerpt?: string;
}

/**
 * Thrown by the components' constructors with every fault of the arguments at once. Nothing has been
 * created when it is thrown: `pulumi preview` shows it as well as `pulumi up`.
 *
 * @example
 * ```ts
 * try {
 *   new NatService("webapp", { image: "" });
 * } catch (error) {
 *   if (error instanceof FarmError) console.log(error.issues.map((issue) => issue.path));
 * }
 * ```
 */
export class FarmError extends pulumi.RunError {
  /** Every fault found, in the order of the arguments. */
  readonly issues: readonly FarmIssue[];

  /**
   * Made by the checks of this library.
   *
   * @param subject what was checked, such as `WindowsWebFarm "shop"`
   * @param issues every fault found; at least one
   */
  constructor(subject: string, issues: readonly FarmIssue[]) {
    super(describe(subject, issues));
    this.name = "FarmError";
    this.issues = issues;
    this.stack = withoutPulumiFrames(this.stack ?? this.message);
  }
}

/**
 * Pulumi's own frames help nobody, and its source maps give them paths (`node_modules/@pulumi/resource.ts`)
 * at which `util.inspect` of Node 20 loops until the string is too long: ten seconds for an error message.
 */
function withoutPulumiFrames(stack: string): string {
  return stack
    .split("\n")
    .filter((line) => !/^\s+at .*node_modules[\\/]@pulumi[\\/]/.test(line))
    .join("\n");
}

function describe(subject: string, issues: readonly FarmIssue[]): string {
  const count = issues.length === 1 ? "one fault" : `${issues.length} faults`;
  const lines = issues.map((issue) => {
    const place = issue.path === "" ? "" : `${shortened(issue.path)}: `;
    const hint = issue.hint === undefined ? "" : `\n      -> ${shortened(issue.hint)}`;
    const excerpt = issue.excerpt === undefined ? "" : `\n${issue.excerpt}`.replaceAll("\n", "\n        ");
    return `  - ${place}${shortened(issue.message)}${excerpt}${hint}`;
  });
  return [`${shortened(subject)}: ${count}; nothing was created.`, ...lines].join("\n");
}

/** One bad value must not flood the screen. */
function shortened(text: string): string {
  return text.length > 500 ? `${text.slice(0, 400)} ... ${text.slice(-90)}` : text;
}
