import type { PropertyMap, Value } from "../values";
import type { CheckFailure } from "./check";

/**
 * One property of a resource. The tables written with it drive Check (defaults, refusals), Diff
 * (replacements), the planned outputs of a preview, and refresh, for all resource types alike.
 */
export interface Attribute {
  /** "block" is one object; a "list" or "set" holds strings, or objects when `elements` is given. */
  readonly type: "string" | "number" | "boolean" | "map" | "list" | "set" | "block";
  readonly elements?: Attributes;
  readonly required?: true;
  /** The engine decides when the program does not. */
  readonly computed?: true;
  /** Never an input. */
  readonly output?: true;
  readonly default?: Value;
  /** A change is no reason to replace the resource. Of a whole property: its elements go with it. */
  readonly inPlace?: true;
  /** A change of this element replaces the resource although the property that holds it changes in place. */
  readonly replaces?: true;
  /** Newer than the recorded plugin: left out of the outputs while it is not set. */
  readonly hiddenUnset?: true;
  /** Unset or "" means: what the engine has, which is the image's (official plugin: user and workingDir). */
  readonly emptyKeepsState?: true;
  /** Why this stand-in cannot honour the property, when it cannot. */
  readonly unsupported?: string;
  /** The reason why a value is not acceptable, or undefined. Sees known values only. */
  readonly validate?: (value: Value) => string | undefined;
}

export type Attributes = Readonly<Record<string, Attribute>>;

export interface ResourceSchema {
  readonly attributes: Attributes;
  /** The official plugin's bookkeeping property `__meta`: when planned, and when done. */
  readonly meta?: { readonly planned?: string; readonly done: string };
  /** What is wrong with properties together, each of which is right by itself. */
  readonly conflicts?: (inputs: PropertyMap) => readonly CheckFailure[];
  /** The official plugin deletes a Container before its replacement is created, whatever the name. */
  readonly alwaysDeleteBeforeReplace?: true;
  /** The `name` is generated from the resource's when the program gives none. */
  readonly autonamed?: true;
}

type Options = Omit<Attribute, "type">;

export const string = (options: Options = {}): Attribute => ({ type: "string", ...options });
export const integer = (options: Options = {}): Attribute => ({ type: "number", ...options });
export const boolean = (options: Options = {}): Attribute => ({ type: "boolean", ...options });
export const map = (options: Options = {}): Attribute => ({ type: "map", ...options });
export const list = (elements?: Attributes, options: Options = {}): Attribute => ({
  type: "list",
  ...(elements && { elements }),
  ...options,
});
export const set = (elements?: Attributes, options: Options = {}): Attribute => ({
  type: "set",
  ...(elements && { elements }),
  ...options,
});
export const block = (elements: Attributes, options: Options = {}): Attribute => ({
  type: "block",
  elements,
  ...options,
});

export const labels: Attributes = { label: string({ required: true }), value: string({ required: true }) };

export function matching(pattern: RegExp, allowed: string): (value: Value) => string | undefined {
  return (value) =>
    typeof value === "string" && pattern.test(value)
      ? undefined
      : `${JSON.stringify(value)} is not allowed here; allowed: ${allowed}`;
}

export function atLeast(minimum: number): (value: Value) => string | undefined {
  return (value) =>
    typeof value === "number" && value >= minimum
      ? undefined
      : `${JSON.stringify(value)} is too small; allowed: ${minimum} and more`;
}
