import type { Findings } from "./findings";
import { asMap } from "./merge";
import { kindOf, type Entry, type Node } from "./node";
import type { Place } from "./place";

/** A value with its place. */
export interface Located<T> {
  readonly value: T;
  readonly at: Place;
}

/** Reads typed values; what has another type is reported, and undefined given back. */
export class Values {
  constructor(readonly findings: Findings) {}

  /** Text; numbers and truth values count as the text they are written as. */
  text(node: Node, what: string): string | undefined {
    if (node.kind === "scalar" && node.value !== null) return String(node.value);
    this.wrong(node, what, "a text");
    return undefined;
  }

  number(node: Node, what: string): number | undefined {
    if (node.kind === "scalar" && typeof node.value === "number") return node.value;
    // A variable leaves text behind where a number stood.
    if (node.kind === "scalar" && typeof node.value === "string" && /^-?\d+(\.\d+)?$/.test(node.value)) {
      return Number(node.value);
    }
    this.wrong(node, what, "a number");
    return undefined;
  }

  boolean(node: Node, what: string): boolean | undefined {
    if (node.kind === "scalar" && typeof node.value === "boolean") return node.value;
    if (node.kind === "scalar" && (node.value === "true" || node.value === "false"))
      return node.value === "true";
    this.wrong(node, what, "true or false");
    return undefined;
  }

  /** A list, or a single value in its place. */
  list(node: Node, what: string): readonly Node[] {
    if (node.kind === "list") return node.items;
    if (node.kind === "scalar") return node.value === null ? [] : [node];
    this.wrong(node, what, "a list");
    return [];
  }

  texts(node: Node, what: string): Located<string>[] {
    return this.list(node, what).flatMap((item) => {
      const value = this.text(item, `each of ${what}`);
      return value === undefined ? [] : [{ value, at: item.at }];
    });
  }

  map(node: Node, what: string): ReadonlyMap<string, Entry> {
    if (node.kind === "map") return node.entries;
    if (node.kind === "scalar" && node.value === null) return new Map<string, Entry>();
    this.wrong(node, what, "a map");
    return new Map<string, Entry>();
  }

  /** A map, or a list of `NAME=value`; a name alone has no value. */
  assignments(node: Node, what: string): Map<string, Located<string | undefined>> {
    const found = new Map<string, Located<string | undefined>>();
    if (node.kind === "scalar" && node.value !== null) {
      this.wrong(node, what, "a map or a list");
      return found;
    }
    if (node.kind === "list") this.texts(node, what);
    for (const [name, { at, value }] of asMap("environment", node).entries) {
      if (value.kind === "scalar" && value.value === null) found.set(name, { value: undefined, at });
      else {
        const text = this.text(value, `${what}.${name}`);
        if (text !== undefined) found.set(name, { value: text, at });
      }
    }
    return found;
  }

  /** Reports every key that is not among the known ones. */
  onlyKeys(entries: ReadonlyMap<string, Entry>, known: readonly string[]): void {
    for (const [key, { at }] of entries) {
      if (!known.includes(key) && !key.startsWith("x-")) this.findings.unknownKey(at, key, known);
    }
  }

  /** `1m30s`, as Go writes durations, in seconds. */
  duration(node: Node, what: string): number | undefined {
    const text = node.kind === "scalar" && typeof node.value === "string" ? node.value : undefined;
    if (text !== undefined && /^(\d+(\.\d+)?(us|ms|s|m|h))+$/.test(text)) {
      const factors: Record<string, number> = { us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };
      const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h)/g)];
      const seconds = parts.reduce(
        (sum, [, amount, unit]) => sum + Number(amount) * (factors[unit ?? "s"] ?? 1),
        0,
      );
      return Math.round(seconds * 1e6) / 1e6;
    }
    this.findings.refuse(
      node.at,
      "invalidFormat",
      `${what}: ${kindOf(node)} is no duration`,
      "write a number and its unit, such as 30s or 1m30s",
    );
    return undefined;
  }

  /** `512m`, in MiB. */
  mebibytes(node: Node, what: string): number | undefined {
    const text = node.kind === "scalar" ? String(node.value ?? "") : "";
    const parts = /^(\d+(?:\.\d+)?)\s*(b|k|kb|kib|m|mb|mib|g|gb|gib)?$/i.exec(text);
    const powers: Record<string, number> = { k: 1, m: 2, g: 3 };
    const bytes =
      parts === null
        ? NaN
        : Number(parts[1]) * 1024 ** (powers[(parts[2] ?? "b")[0]?.toLowerCase() ?? "b"] ?? 0);
    const mebibytes = bytes / 1024 ** 2;
    if (Number.isInteger(mebibytes)) return mebibytes;
    this.findings.refuse(
      node.at,
      "invalidFormat",
      `${what}: ${kindOf(node)} is no whole number of MiB`,
      "write it as 512m or 2g",
    );
    return undefined;
  }

  private wrong(node: Node, what: string, wanted: string): void {
    this.findings.refuse(node.at, "wrongType", `${what}: ${kindOf(node)} is not ${wanted}`, `give ${wanted}`);
  }
}
