import type { Findings } from "./findings";
import { kindOf, type Entry, type ListNode, type MapNode, type Node } from "./node";
import type { Place } from "./place";

/** Keys whose later value takes the earlier one's place, as compose has it. */
const replaced = new Set(["command", "entrypoint", "test"]);

/** Keys that are maps, and may be written as lists: `A=1`, a name alone, or a path. */
const keyed: Readonly<Record<string, (item: Node) => string | undefined>> = {
  environment: assignedName,
  labels: assignedName,
  args: assignedName,
  depends_on: textOf,
  networks: textOf,
  volumes: mountTarget,
  ports: textOf,
};

/**
 * Lays one value over another: maps are merged key by key, lists are joined, and a later entry of a keyed
 * list takes the place of the earlier one of that name.
 *
 * @param key the key that both stand under
 */
export function mergeNodes(key: string, base: Node, over: Node): Node {
  if (isEmpty(over)) return base;
  if (isEmpty(base) || replaced.has(key)) return over;
  const nameOf = keyed[key];
  if (base.kind === "map" && over.kind === "map") return mergeMaps(base, over);
  if (nameOf !== undefined && base.kind === "list" && over.kind === "list")
    return joinKeyed(base, over, nameOf);
  if (nameOf !== undefined && (base.kind === "map" || over.kind === "map")) {
    return mergeMaps(asMap(key, base), asMap(key, over));
  }
  if (base.kind === "list" || over.kind === "list") {
    return { kind: "list", items: [...itemsOf(base), ...itemsOf(over)], at: over.at };
  }
  return over;
}

/** Merges two maps, key by key. */
export function mergeMaps(base: MapNode, over: MapNode): MapNode {
  const entries = new Map(base.entries);
  for (const [name, entry] of over.entries) {
    const before = entries.get(name);
    const value = before === undefined ? entry.value : mergeNodes(name, before.value, entry.value);
    entries.set(name, { at: entry.at, value });
  }
  return { kind: "map", entries, at: base.at };
}

function joinKeyed(base: ListNode, over: ListNode, nameOf: (item: Node) => string | undefined): ListNode {
  const later = new Set(over.items.map(nameOf).filter((name) => name !== undefined));
  const kept = base.items.filter((item) => {
    const name = nameOf(item);
    return name === undefined || !later.has(name);
  });
  return { kind: "list", items: [...kept, ...over.items], at: over.at };
}

/** A list of `A=1` or of names, as the map that it stands for. */
export function asMap(key: string, node: Node): MapNode {
  if (node.kind === "map") return node;
  const entries = new Map<string, Entry>();
  for (const item of itemsOf(node)) {
    const text = textOf(item);
    if (text === undefined) continue;
    const equals = ["depends_on", "networks"].includes(key) ? -1 : text.indexOf("=");
    const name = equals === -1 ? text : text.slice(0, equals);
    const value = equals === -1 ? null : text.slice(equals + 1);
    entries.set(name, { at: item.at, value: { kind: "scalar", value, at: item.at } });
  }
  return { kind: "map", entries, at: node.at };
}

function itemsOf(node: Node): readonly Node[] {
  return node.kind === "list" ? node.items : [node];
}

function isEmpty(node: Node): boolean {
  return node.kind === "scalar" && node.value === null;
}

function textOf(node: Node): string | undefined {
  return node.kind === "scalar" && node.value !== null ? String(node.value) : undefined;
}

function assignedName(node: Node): string | undefined {
  return textOf(node)?.replace(/=[\s\S]*/, "");
}

/** The path inside the container, by which compose knows a mount again. */
function mountTarget(node: Node): string | undefined {
  if (node.kind === "map") {
    const target = node.entries.get("target")?.value;
    return target === undefined ? undefined : textOf(target);
  }
  const parts = splitMount(textOf(node) ?? "");
  return parts[1] ?? parts[0];
}

/** Splits `source:target:mode` at the colons that belong to no drive: `c:\a:c:\b:ro` has three parts. */
export function splitMount(text: string): string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest !== "") {
    const part = /^(?:[A-Za-z]:(?=[\\/]|$)[^:]*|[^:]*)/.exec(rest)?.[0] ?? rest;
    parts.push(part);
    rest = rest.slice(part.length + 1);
  }
  return parts;
}

/** What `extends` reads: another file, once. */
export type LoadFile = (path: string, at: Place) => MapNode | undefined;

/** A file with all of its `extends` resolved. */
export function resolveExtends(root: MapNode, load: LoadFile, findings: Findings): MapNode {
  const services = root.entries.get("services");
  if (services?.value.kind !== "map") return root;
  const resolved = new Map<string, Entry>();
  for (const [name, entry] of services.value.entries) {
    resolved.set(name, { at: entry.at, value: extended(name, entry.value, root, load, findings, []) });
  }
  const value: MapNode = { ...services.value, entries: resolved };
  return { ...root, entries: new Map(root.entries).set("services", { at: services.at, value }) };
}

function extended(
  name: string,
  service: Node,
  root: MapNode,
  load: LoadFile,
  findings: Findings,
  above: readonly string[],
): Node {
  if (service.kind !== "map") return service;
  const extending = service.entries.get("extends");
  if (extending === undefined) return service;
  const own: MapNode = { ...service, entries: without(service.entries, "extends") };
  const target = extendsTarget(extending.value, findings);
  if (target === undefined) return own;
  const file = target.file === undefined ? root : load(target.file.path, target.file.at);
  if (file === undefined) return own;
  const id = `${file.at.source.file}#${target.service}`;
  if (above.includes(id) || (file === root && target.service === name)) {
    findings.refuse(
      target.at,
      "conflict",
      `${name} extends itself`,
      "extend a service that does not lead back",
    );
    return own;
  }
  const services = file.entries.get("services")?.value;
  const base = services?.kind === "map" ? services.entries.get(target.service)?.value : undefined;
  if (base === undefined) {
    findings.refuse(
      target.at,
      "notFound",
      `${file.at.source.file} has no service ${target.service}`,
      "name a service of that file",
    );
    return own;
  }
  const whole = extended(target.service, base, file, load, findings, [...above, id]);
  return whole.kind === "map" ? { ...mergeMaps(whole, own), at: service.at } : own;
}

function extendsTarget(
  node: Node,
  findings: Findings,
): { service: string; at: Place; file?: { path: string; at: Place } } | undefined {
  if (node.kind === "scalar" && typeof node.value === "string") return { service: node.value, at: node.at };
  if (node.kind === "map") {
    const service = node.entries.get("service")?.value;
    const file = node.entries.get("file")?.value;
    for (const [key, entry] of node.entries) {
      if (key !== "service" && key !== "file") findings.unknownKey(entry.at, key, ["service", "file"]);
    }
    const path = file === undefined ? undefined : textOf(file);
    const name = service === undefined ? undefined : textOf(service);
    if (name !== undefined && service !== undefined) {
      return {
        service: name,
        at: service.at,
        ...(path === undefined || file === undefined ? {} : { file: { path, at: file.at } }),
      };
    }
  }
  findings.refuse(
    node.at,
    "wrongType",
    `extends names a service, not ${kindOf(node)}`,
    "write extends: { service: NAME, file: FILE }",
  );
  return undefined;
}

function without(entries: ReadonlyMap<string, Entry>, key: string): Map<string, Entry> {
  return new Map([...entries].filter(([name]) => name !== key));
}
