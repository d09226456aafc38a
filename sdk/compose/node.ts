import type { Document, Node as YamlNode } from "yaml";
import type { Findings } from "./findings";
import { yaml } from "./yaml";
import { startOf, type Place, type Source } from "./place";

/** A YAML value that knows where it stands; anchors, aliases and merge keys are resolved. */
export type Node = ScalarNode | ListNode | MapNode;

export interface ScalarNode {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  readonly at: Place;
}

export interface ListNode {
  readonly kind: "list";
  readonly items: readonly Node[];
  readonly at: Place;
}

export interface MapNode {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, Entry>;
  readonly at: Place;
}

/** A key with its place, and its value. */
export interface Entry {
  readonly at: Place;
  readonly value: Node;
}

/** More nodes than any compose file has: aliases of aliases grow without bound (the billion laughs). */
const mostNodes = 50_000;
const deepest = 100;

/** Parses a YAML text; what is wrong with it is reported, and undefined then given back. */
export function parseYaml(source: Source, findings: Findings): Node | undefined {
  // Core schema: `no` and `22:22` stay text, as people mean them.
  const document = yaml().parseDocument(source.text, {
    prettyErrors: false,
    version: "1.2",
    logLevel: "silent",
  });
  for (const error of document.errors) {
    const at = { source, offset: Math.min(error.pos[0], source.text.length) };
    const code = error.code === "DUPLICATE_KEY" ? "conflict" : "syntax";
    findings.refuse(at, code, `YAML: ${error.message.replace(/\n[\s\S]*/, "")}`, yamlHints[error.code]);
  }
  if (document.errors.length > 0) return undefined;
  if (document.contents === null) {
    findings.refuse(startOf(source), "required", "the file is empty", "give at least services:");
    return undefined;
  }
  return new Conversion(source, document, findings).node(document.contents, []);
}

const yamlHints: Partial<Record<string, string>> = {
  DUPLICATE_KEY: "keep one of the two",
  TAB_AS_INDENT: "indent with spaces",
  MULTIPLE_DOCS: "one file holds one document; give several files instead",
  BAD_DQ_ESCAPE: "write Windows paths without quotes or in single quotes",
};

class Conversion {
  private count = 0;
  private exhausted = false;

  constructor(
    private readonly source: Source,
    private readonly document: Document,
    private readonly findings: Findings,
  ) {}

  /** @param above the YAML nodes around this one: an alias to one of them has no end */
  node(given: YamlNode | null, above: readonly YamlNode[], fallback?: Place): Node {
    const at = this.placeOf(given, fallback);
    const empty: ScalarNode = { kind: "scalar", value: null, at };
    if (given === null || this.exhausted) return empty;
    if (yaml().isAlias(given)) {
      const target = given.resolve(this.document);
      // The parser has named an alias without anchor already.
      if (target === undefined) return empty;
      if (above.includes(target)) {
        this.findings.refuse(at, "conflict", `*${given.source} stands inside its own anchor`, "write it out");
        return empty;
      }
      return this.node(target, above);
    }
    if (++this.count > mostNodes || above.length > deepest) {
      this.exhausted = true;
      this.findings.refuse(
        at,
        "outOfRange",
        `the file holds more than ${mostNodes} values, or values more than ${deepest} deep`,
        "write it without aliases of aliases",
      );
      return empty;
    }
    if (given.tag !== undefined && !given.tag.startsWith("tag:yaml.org,2002:")) {
      this.findings.refuse(at, "unsupported", `the tag ${given.tag} is not read`, "write out what it means");
      return empty;
    }
    const inside = [...above, given];
    if (yaml().isMap(given)) return { kind: "map", entries: this.entries(given.items, inside, at), at };
    if (yaml().isSeq(given)) {
      return {
        kind: "list",
        items: given.items.map((item) => this.node(item as YamlNode | null, inside, at)),
        at,
      };
    }
    return {
      kind: "scalar",
      value: yaml().isScalar(given) ? scalarValue(given.value, given.source) : null,
      at,
    };
  }

  private entries(
    pairs: readonly { key: unknown; value: unknown }[],
    inside: readonly YamlNode[],
    at: Place,
  ): Map<string, Entry> {
    const own = new Map<string, Entry>();
    const merged = new Map<string, Entry>();
    for (const pair of pairs) {
      const key = pair.key as YamlNode | null;
      const keyAt = this.placeOf(key, at);
      if (!yaml().isScalar(key) || !isPlain(key.value)) {
        this.findings.refuse(keyAt, "wrongType", "a key must be a text", "write key: value");
        continue;
      }
      const name = String(key.value);
      const value = this.node(pair.value as YamlNode | null, inside, keyAt);
      if (name === "<<" && key.type === "PLAIN") this.mergeInto(merged, value);
      else own.set(name, { at: keyAt, value });
    }
    for (const [name, entry] of merged) if (!own.has(name)) own.set(name, entry);
    return own;
  }

  /** `<<:` takes a map or a list of maps; earlier ones win. */
  private mergeInto(merged: Map<string, Entry>, value: Node): void {
    const maps = value.kind === "list" ? value.items : [value];
    for (const map of maps) {
      if (map.kind !== "map") {
        this.findings.refuse(map.at, "wrongType", "<< merges maps only", "give an alias of a map: <<: *name");
        continue;
      }
      for (const [name, entry] of map.entries) if (!merged.has(name)) merged.set(name, entry);
    }
  }

  private placeOf(given: YamlNode | null, fallback?: Place): Place {
    const offset = given?.range?.[0];
    return offset === undefined ? (fallback ?? startOf(this.source)) : { source: this.source, offset };
  }
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

/** Numbers beyond JavaScript's keep their text: no setting here is that large, and none may change silently. */
function scalarValue(value: unknown, text: string | undefined): ScalarNode["value"] {
  if (typeof value === "number" && !Number.isFinite(value)) return text ?? String(value);
  if (isPlain(value)) return value;
  return typeof value === "bigint" ? String(value) : null;
}

/** What a node is, for messages. */
export function kindOf(node: Node): string {
  if (node.kind === "map") return "a map";
  if (node.kind === "list") return "a list";
  return node.value === null ? "nothing" : JSON.stringify(node.value);
}
