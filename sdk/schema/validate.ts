import { inspect } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { FarmError, type FarmIssue, type FarmIssueCode } from "./farmError";

/**
 * Checks `args` against `schema` and gives them back with their defaults.
 *
 * @param subject what is checked, for the headline of the error, such as `NatService "webapp"`
 * @param further faults that the schema cannot see
 * @throws FarmError with every fault at once
 */
export function validate<T>(
  schema: z.ZodType<T>,
  args: unknown,
  subject: string,
  further: readonly FarmIssue[] = [],
): T {
  const result = schema.safeParse(args, { reportInput: true });
  const dropped = prototypeKeys(args);
  if (result.success && dropped.length === 0 && further.length === 0) return result.data;
  const issues = result.success ? [] : result.error.issues.flatMap(toFarmIssues);
  throw new FarmError(subject, [...issues, ...dropped, ...further]);
}

/** Keys that zod leaves out without a word, as JavaScript keeps their name for itself; JSON may hold them. */
function prototypeKeys(value: unknown, path: readonly PropertyKey[] = []): FarmIssue[] {
  // Arguments are five levels deep; what is deeper is refused as a whole.
  if (typeof value !== "object" || value === null || path.length > 6) return [];
  if (pulumi.Output.isInstance(value)) return [];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, part]): FarmIssue[] =>
    key === "__proto__"
      ? [
          {
            path: formatPath([...path, key]),
            code: "notAllowed",
            message: "is a name that JavaScript keeps for itself",
            hint: "choose another name",
          },
        ]
      : prototypeKeys(part, [...path, key]),
  );
}

/** What a schema's own check reports beyond zod's: `ctx.addIssue({ code: "custom", params: … })`. */
export interface FaultParams {
  code: FarmIssueCode;
  hint?: string;
}

/** A path as one writes it in a program: `apps.webapp.ports[0].container`, `labels["a b"]`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => {
      if (typeof part === "number") return `[${part}]`;
      const text = String(part);
      if (!/^[A-Za-z_$][\w$]*$/.test(text)) return `[${JSON.stringify(text)}]`;
      return index === 0 ? text : `.${text}`;
    })
    .join("");
}

function toFarmIssues(issue: z.core.$ZodIssue): FarmIssue[] {
  const path = formatPath(issue.path);
  switch (issue.code) {
    case "invalid_type":
      return [
        issue.input === undefined
          ? { path, code: "required", message: `missing; give ${article(issue.expected)}` }
          : { path, code: "wrongType", message: `${show(issue.input)} is not ${article(issue.expected)}` },
      ];
    case "too_small":
      return [{ path, code: "outOfRange", message: tooSmall(issue) }];
    case "too_big":
      return [{ path, code: "outOfRange", message: tooBig(issue) }];
    case "invalid_value":
      return [
        {
          path,
          code: issue.input === undefined ? "required" : "notAllowed",
          message: `${show(issue.input)} is not allowed; allowed: ${issue.values.map(show).join(", ")}`,
        },
      ];
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        path: formatPath([...issue.path, key]),
        code: "unknownKey",
        message: "no such property",
        hint: "check the spelling; the editor lists the properties of this object",
      }));
    case "invalid_union":
      return [
        issue.input === undefined
          ? { path, code: "required", message: `missing; ${issue.message}` }
          : { path, code: "wrongType", message: `${show(issue.input)} is not allowed; ${issue.message}` },
      ];
    case "invalid_format":
      return [{ path, code: "invalidFormat", message: `${show(issue.input)} ${issue.message}` }];
    case "invalid_key":
      return [
        { path, code: "invalidFormat", message: issue.issues.map((inner) => inner.message).join("; ") },
      ];
    case "custom": {
      const params = issue.params as FaultParams | undefined;
      const code = params?.code ?? (issue.input === undefined ? "required" : "wrongType");
      const hint = params?.hint;
      return [{ path, code, message: issue.message, ...(hint === undefined ? {} : { hint }) }];
    }
    default:
      return [{ path, code: "invalidFormat", message: issue.message }];
  }
}

function tooSmall(issue: z.core.$ZodIssueTooSmall): string {
  if (issue.origin === "string") return "must not be empty";
  if (issue.origin === "array" || issue.origin === "map" || issue.origin === "object") {
    return `holds too few entries; at least ${issue.minimum} must be given`;
  }
  return `${show(issue.input)} is too small; the smallest allowed value is ${issue.minimum}`;
}

function tooBig(issue: z.core.$ZodIssueTooBig): string {
  if (issue.origin === "string")
    return `${show(issue.input)} is too long; at most ${issue.maximum} characters`;
  if (issue.origin === "array") return `holds too many entries; at most ${issue.maximum} are allowed`;
  return `${show(issue.input)} is too large; the largest allowed value is ${issue.maximum}`;
}

const articles: Record<string, string> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object of names and values",
};

function article(expected: string): string {
  return articles[expected] ?? expected;
}

/** A value as it stands in a message; long ones are cut, so that one bad value cannot flood the screen. */
export function show(value: unknown): string {
  if (typeof value === "function") return "a function";
  const text = asText(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function asText(value: unknown): string {
  try {
    // JSON.stringify answers undefined for symbols, whatever its type says.
    const text = JSON.stringify(value) as string | undefined;
    return text ?? String(value);
  } catch {
    // JSON has no words for what is in a circle, nested without end, or a bigint.
    return inspect(value, { depth: 1, breakLength: Infinity });
  }
}
