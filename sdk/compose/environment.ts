import { parseEnv } from "node:util";
import { placePart, type Draft, type ReadContext } from "./draft";
import type { Node } from "./node";
import { absolutePath } from "./volumes";

function addVariable(draft: Draft, name: string, value: string, at: Node["at"], overwrite: boolean): void {
  const before = draft.args.environment ?? {};
  if (!overwrite && name in before) return;
  draft.args.environment = { ...before, [name]: value };
  placePart(draft, ["environment", name], at);
}

/** Reads `environment`, a map or a list; a name alone takes its value from where the file is read. */
export function readEnvironment(
  node: Node,
  draft: Draft,
  { values, findings, variables }: ReadContext,
): void {
  draft.places.set("environment", node.at);
  for (const [name, { value, at }] of values.assignments(node, "environment")) {
    const given = value ?? variables[name];
    if (given === undefined)
      findings.note(at, `${name} is not set where the file is read; ${draft.name} does not get it`);
    else addVariable(draft, name, given, at, true);
  }
}

/** `environment` goes before `env_file`, and a later file before an earlier one. */
export function readEnvFiles(
  node: Node,
  draft: Draft,
  { values, findings, read, directory }: ReadContext,
): void {
  const fromFiles: Record<string, { value: string; at: Node["at"] }> = {};
  for (const item of node.kind === "map" ? [node] : values.list(node, "env_file")) {
    const entries = item.kind === "map" ? item.entries : undefined;
    if (entries !== undefined) values.onlyKeys(entries, ["path", "required"]);
    const pathNode = entries?.get("path")?.value ?? item;
    const path = values.text(pathNode, "env_file");
    const required = entries?.get("required")?.value;
    if (path === undefined) continue;
    const text = read(absolutePath(path, directory));
    if (text !== undefined) {
      for (const [name, value] of Object.entries(parseEnv(text))) {
        if (value !== undefined) fromFiles[name] = { value, at: pathNode.at };
      }
    } else if (required === undefined || values.boolean(required, "required") !== false) {
      findings.refuse(
        pathNode.at,
        "notFound",
        `the file ${path} is not there`,
        "make it, or set required: false",
      );
    }
  }
  for (const [name, { value, at }] of Object.entries(fromFiles)) addVariable(draft, name, value, at, false);
}
