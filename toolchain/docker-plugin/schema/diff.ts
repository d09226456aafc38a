import {
  type PropertyMap,
  type Value,
  canonicalJson,
  containsUnknown,
  isDeepEqual,
  isObject,
  isUnset,
} from "../values";
import type { Attribute, Attributes } from "./attribute";
import { complete } from "./plan";

export type ChangeKind = "ADD" | "UPDATE" | "DELETE";

export interface Change {
  readonly path: string;
  readonly kind: ChangeKind;
  readonly replaces: boolean;
}

/** What has to change so that a resource with this state becomes what the inputs ask for. */
export function diffAttributes(
  attributes: Attributes,
  state: PropertyMap,
  inputs: PropertyMap,
): readonly Change[] {
  const changes = Object.entries(attributes).flatMap(([name, attribute]) => {
    const differences = diffValue(attribute, state[name], inputs[name] ?? attribute.default, name);
    return differences.map(({ replaces, ...difference }) => ({
      ...difference,
      replaces: replaces === true || attribute.inPlace !== true,
    }));
  });
  return changes.length > 0 ? [...changes, ...emptiedMaps(attributes, state, inputs)] : [];
}

interface Difference extends Omit<Change, "replaces"> {
  readonly replaces?: true;
}

/**
 * The official plugin's plan writes {} for a map in a block that was null and stays unset, and lists it
 * among the changes whenever there is another one.
 */
function emptiedMaps(attributes: Attributes, state: PropertyMap, inputs: PropertyMap, path = ""): Change[] {
  return Object.entries(attributes).flatMap(([name, { type, elements }]): Change[] => {
    const [before, after] = [state[name], inputs[name]];
    if (type === "block" && elements && isObject(before) && isObject(after)) {
      return emptiedMaps(elements, before, after, `${path}${name}.`);
    }
    const isEmptied = type === "map" && path !== "" && before === null && after === undefined;
    return isEmptied ? [{ path: path + name, kind: "ADD", replaces: false }] : [];
  });
}

function diffValue(
  attribute: Attribute,
  before: Value | undefined,
  after: Value | undefined,
  path: string,
): Difference[] {
  if (attribute.output) return [];
  if ((after ?? "") === "" && attribute.emptyKeepsState) return [];
  if (after === undefined) {
    if (!attribute.computed) return isUnset(before) ? [] : [{ path, kind: "DELETE" }];
    // A scalar that the engine never reported: the create failed half-way, see withoutUnknowns.
    const isScalar = ["string", "number", "boolean"].includes(attribute.type);
    return isScalar && (before ?? null) === null ? [{ path, kind: "ADD" }] : [];
  }
  if (isUnset(before) && isUnset(after)) return [];
  if (Array.isArray(after)) {
    if (!Array.isArray(before) || before.length === 0) return [{ path, kind: "ADD" }];
    if (after.length === 0) return [{ path, kind: "DELETE" }];
    return attribute.type === "set"
      ? diffSet(attribute, before, after, path)
      : diffList(attribute, before, after, path);
  }
  if (isObject(after)) {
    if (!isObject(before) || isUnset(before)) return [{ path, kind: "ADD" }];
    if (isUnset(after)) return [{ path, kind: "DELETE" }];
    return attribute.elements
      ? diffElement(attribute.elements, before, after, path)
      : diffMap(before, after, path);
  }
  if ((before ?? null) === null) return [{ path, kind: "ADD" }];
  return before === after ? [] : [{ path, kind: "UPDATE" }];
}

function diffList(attribute: Attribute, before: Value[], after: Value[], path: string): Difference[] {
  return Array.from({ length: Math.max(before.length, after.length) }, (_, index) => index).flatMap((index) =>
    diffEntry(attribute, before[index], after[index], `${path}[${index}]`),
  );
}

/** Sets have no order: only entries without an equal on the other side differ. */
function diffSet(attribute: Attribute, before: Value[], after: Value[], path: string): Difference[] {
  const keyOf = (entry: Value): string =>
    containsUnknown(entry) ? canonicalJson(entry) : canonicalJson(normalise(attribute, entry));
  const keysBefore = new Set(before.map(keyOf));
  const keysAfter = new Set(after.map(keyOf));
  const indices = Array.from({ length: Math.max(before.length, after.length) }, (_, index) => index);
  return indices.flatMap((index) => {
    const gone = before[index] !== undefined && !keysAfter.has(keyOf(before[index]));
    const come = after[index] !== undefined && !keysBefore.has(keyOf(after[index]));
    if (!gone && !come) return [];
    const entryPath = `${path}[${index}]`;
    return diffEntry(attribute, gone ? before[index] : undefined, come ? after[index] : undefined, entryPath);
  });
}

function diffEntry(
  attribute: Attribute,
  before: Value | undefined,
  after: Value | undefined,
  path: string,
): Difference[] {
  if (before === undefined) return [{ path, kind: "ADD" }];
  if (after === undefined) return [{ path, kind: "DELETE" }];
  if (attribute.elements && isObject(before) && isObject(after)) {
    return diffElement(attribute.elements, before, after, path);
  }
  return isDeepEqual(before, after) ? [] : [{ path, kind: "UPDATE" }];
}

function diffElement(
  elements: Attributes,
  before: PropertyMap,
  after: PropertyMap,
  path: string,
): Difference[] {
  return Object.entries(elements).flatMap(([name, attribute]) => {
    const differences = diffValue(
      attribute,
      before[name],
      after[name] ?? attribute.default,
      `${path}.${name}`,
    );
    return attribute.replaces
      ? differences.map((difference) => ({ ...difference, replaces: true as const }))
      : differences;
  });
}

function diffMap(before: PropertyMap, after: PropertyMap, path: string): Difference[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key): Difference[] => {
    const keyPath = /^\w+$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
    if (!(key in before)) return [{ path: keyPath, kind: "ADD" }];
    if (!(key in after)) return [{ path: keyPath, kind: "DELETE" }];
    return before[key] === after[key] ? [] : [{ path: keyPath, kind: "UPDATE" }];
  });
}

/** An entry without what the engine decides and without the difference between null and "not set". */
function normalise(attribute: Attribute, entry: Value): Value {
  if (!attribute.elements || !isObject(entry)) return entry;
  const { elements } = attribute;
  const completed = complete({ type: "block", elements }, entry, "zero");
  if (!isObject(completed)) return entry;
  return Object.fromEntries(
    Object.entries(completed)
      .filter(([name, value]) => elements[name]?.computed !== true && !isUnset(value))
      .map(([name, value]) => [name, elements[name] ? sortedSet(elements[name], value) : value]),
  );
}

function sortedSet(attribute: Attribute, value: Value): Value {
  return attribute.type === "set" && Array.isArray(value)
    ? [...value]
        .map((entry) => normalise(attribute, entry))
        .sort((left, right) => (canonicalJson(left) < canonicalJson(right) ? -1 : 1))
    : value;
}
