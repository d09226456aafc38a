import type { Findings } from "./findings";
import type { Entry, Node } from "./node";
import type { Place } from "./place";

/** Values of the variables that compose files may name. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Replaces `${VAR}` in all values; keys stay as they are, as compose has it. */
export function interpolate(node: Node, variables: Variables, findings: Findings): Node {
  if (node.kind === "list") {
    return { ...node, items: node.items.map((item) => interpolate(item, variables, findings)) };
  }
  if (node.kind === "map") {
    const entries = [...node.entries].map(([key, entry]): [string, Entry] => [
      key,
      { at: entry.at, value: interpolate(entry.value, variables, findings) },
    ]);
    return { ...node, entries: new Map(entries) };
  }
  if (typeof node.value !== "string" || !node.value.includes("$")) return node;
  return { ...node, value: substitute(node.value, variables, node.at, findings) };
}

/** The text between matching braces is read by hand: defaults may hold variables themselves. */
function substitute(text: string, variables: Variables, at: Place, findings: Findings): string {
  let result = "";
  let index = 0;
  while (index < text.length) {
    if (text[index] !== "$") {
      result += text.charAt(index++);
      continue;
    }
    const rest = text.slice(index + 1);
    const bare = /^[A-Za-z_]\w*/.exec(rest)?.[0];
    if (rest.startsWith("$")) {
      result += "$";
      index += 2;
    } else if (bare !== undefined) {
      result += valueOf(bare, variables, at, findings);
      index += 1 + bare.length;
    } else {
      const inner = rest.startsWith("{") ? braced(rest) : undefined;
      const value = inner === undefined ? undefined : expression(inner, variables, at, findings);
      if (inner === undefined || value === undefined) {
        findings.refuse(
          at,
          "invalidFormat",
          `${JSON.stringify(text)} holds a $ that names no variable`,
          "write $$ for the sign itself, ${NAME} or ${NAME:-default} for a variable",
        );
        return text;
      }
      result += value;
      index += 3 + inner.length;
    }
  }
  return result;
}

/** What stands between a `{` and its `}`. */
function braced(text: string): string | undefined {
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    if (text[index] === "{") depth++;
    if (text[index] === "}" && --depth === 0) return text.slice(1, index);
  }
  return undefined;
}

function expression(inner: string, variables: Variables, at: Place, findings: Findings): string | undefined {
  const parts = /^([A-Za-z_]\w*)(?:(:?[-?+])([\s\S]*))?$/.exec(inner);
  if (parts === null) return undefined;
  const [, name = "", operator = "", word = ""] = parts;
  if (operator === "") return valueOf(name, variables, at, findings);
  const value = variables[name];
  // With a colon, an empty value counts as not set.
  const given = value !== undefined && !(operator.startsWith(":") && value === "");
  if (operator.endsWith("+")) return given ? substitute(word, variables, at, findings) : "";
  if (given) return value;
  if (operator.endsWith("-")) return substitute(word, variables, at, findings);
  findings.refuse(
    at,
    "required",
    `the variable ${name} is not set${word === "" ? "" : `: ${word}`}`,
    `set ${name} in the environment or in .env`,
  );
  return "";
}

function valueOf(name: string, variables: Variables, at: Place, findings: Findings): string {
  const value = variables[name];
  if (value === undefined) findings.note(at, `the variable ${name} is not set; it counts as empty`);
  return value ?? "";
}
