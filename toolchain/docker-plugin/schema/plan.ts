import { type PropertyMap, type Value, UNKNOWN, isObject, isUnset } from "../values";
import type { Attribute, Attributes } from "./attribute";
import { DEFAULTS } from "./check";

/** How numbers and flags that an element of a list does not set appear: the official plugin leaves them
 * null when it creates a resource and writes 0 and false when it updates one. */
type UnsetScalars = "null" | "zero";

/** The outputs of a resource as far as they are known before it is created. */
export function planCreate(attributes: Attributes, inputs: PropertyMap): PropertyMap {
  return plan(attributes, (name, attribute) => {
    const value = inputs[name] ?? attribute.default;
    if (value !== undefined) return complete(attribute, value, "null");
    return attribute.computed || attribute.output ? UNKNOWN : unset(attribute);
  });
}

/** The outputs after an update: what the program says now over what the state holds. */
export function planUpdate(attributes: Attributes, state: PropertyMap, inputs: PropertyMap): PropertyMap {
  return plan(attributes, (name, attribute) => {
    const value = inputs[name] ?? attribute.default;
    const before = state[name] ?? null;
    if (value !== undefined) return planValue(attribute, before, value);
    if (attribute.computed || attribute.output || isUnset(before)) return before;
    return unset(attribute);
  });
}

function planValue(attribute: Attribute, before: Value, value: Value): Value {
  const { type, elements } = attribute;
  if (type === "block" && elements && isObject(before) && isObject(value)) {
    return planBlock(elements, before, value);
  }
  const completed = complete(attribute, value, "zero");
  return attribute.computed || elements ? keepComputed(attribute, before, completed) : completed;
}

function planBlock(elements: Attributes, state: PropertyMap, inputs: PropertyMap): PropertyMap {
  return plan(elements, (name, attribute) => {
    const value = inputs[name] ?? attribute.default;
    const before = state[name] ?? null;
    if (value !== undefined) return planValue(attribute, before, value);
    if (attribute.computed) return before;
    if (attribute.type === "list" || attribute.type === "set") return [];
    if (attribute.type === "map") return {};
    // What was "not set" stays as it is written; what is taken away becomes null.
    return isUnset(before) ? (before ?? zero(attribute)) : null;
  });
}

function zero({ type }: Attribute): Value {
  const zeros: Partial<Record<Attribute["type"], Value>> = { string: "", number: 0, boolean: false };
  return zeros[type] ?? null;
}

function plan(attributes: Attributes, valueOf: (name: string, attribute: Attribute) => Value): PropertyMap {
  const planned: PropertyMap = {};
  for (const [name, attribute] of Object.entries(attributes)) {
    const value = valueOf(name, attribute);
    if (!(attribute.hiddenUnset && isUnset(value))) planned[name] = value;
  }
  return planned;
}

/** The planned outputs with what the engine reported in the place of all that was open. */
export function settle(attributes: Attributes, planned: PropertyMap, reported: PropertyMap): PropertyMap {
  const settled: PropertyMap = { ...planned };
  for (const [name, attribute] of Object.entries(attributes)) {
    const value = settleValue(attribute, planned[name], reported[name]);
    // What the plan hides while it is not set stays hidden.
    if (value !== undefined) settled[name] = value;
  }
  return settled;
}

function settleValue(
  attribute: Attribute,
  planned: Value | undefined,
  reported: Value | undefined,
): Value | undefined {
  if (reported === undefined) return planned === UNKNOWN ? withoutAnswer(attribute) : planned;
  const isCollection = ["map", "list", "set", "block"].includes(attribute.type);
  // An empty collection stays as it was planned: null where nothing was asked for, as with the official plugin.
  if (isCollection && isUnset(planned) && isUnset(reported)) return planned ?? null;
  if (attribute.type !== "block" || !attribute.elements || !isObject(planned) || !isObject(reported)) {
    return reported;
  }
  return settle(attribute.elements, planned, reported);
}

/** Scalars that an update took away are reported as zero, not as null. */
export function settleUpdate(attributes: Attributes, state: PropertyMap, planned: PropertyMap): PropertyMap {
  const settled: PropertyMap = { ...planned };
  for (const [name, attribute] of Object.entries(attributes)) {
    if (planned[name] !== null || state[name] === null || state[name] === undefined) continue;
    if (attribute.type === "string") settled[name] = "";
    if (attribute.type === "number") settled[name] = 0;
    if (attribute.type === "boolean") settled[name] = false;
  }
  return settled;
}

/** A value with all properties that its elements can have, in the form of the outputs. */
export function complete(attribute: Attribute, value: Value, scalars: UnsetScalars): Value {
  if (value === UNKNOWN) return value;
  if (Array.isArray(value)) {
    const { elements } = attribute;
    if (elements) return value.map((element) => completeElement(elements, element, scalars));
    return value;
  }
  return attribute.elements ? completeElement(attribute.elements, value, scalars) : value;
}

function completeElement(elements: Attributes, element: Value, scalars: UnsetScalars): Value {
  if (!isObject(element)) return element;
  return plan(elements, (name, attribute) => {
    const value = element[name] ?? attribute.default;
    if (value !== undefined) return complete(attribute, value, scalars);
    if (attribute.computed) return UNKNOWN;
    if (attribute.type === "string") return "";
    if (attribute.type === "set") return [];
    // Of lists in a block the plugin writes those of objects always, and those of texts when it updates.
    if (attribute.type === "list" && (attribute.elements || scalars === "zero")) return [];
    if (scalars === "null" || attribute.type === "map" || attribute.type === "block") return null;
    return attribute.type === "number" ? 0 : false;
  });
}

function keepComputed(attribute: Attribute, before: Value, value: Value): Value {
  if (!Array.isArray(value) || !Array.isArray(before)) return value === UNKNOWN ? before : value;
  return value.map((element, index) => {
    const previous = before[index];
    if (!isObject(element) || !isObject(previous)) return element;
    return Object.fromEntries(
      Object.entries(element).map(([name, item]) => [
        name,
        item === UNKNOWN && attribute.elements?.[name]?.computed ? (previous[name] ?? null) : item,
      ]),
    );
  });
}

/** Collections of objects are never null in the official plugin's outputs, all else that is not set is. */
function unset(attribute: Attribute): Value {
  return attribute.elements && attribute.type !== "block" ? [] : null;
}

function withoutAnswer(attribute: Attribute): Value {
  return attribute.type === "list" || attribute.type === "set" ? [] : null;
}

/** The outputs of a create that failed half-way: what was asked for, and nothing that the engine decides. */
export function withoutUnknowns(planned: PropertyMap): PropertyMap {
  const known = (value: Value): Value => {
    if (Array.isArray(value)) return value.map(known);
    if (isObject(value)) return withoutUnknowns(value);
    return value === UNKNOWN ? null : value;
  };
  return Object.fromEntries(
    Object.entries(planned)
      .filter(([name]) => name !== DEFAULTS)
      .map(([name, value]) => [name, known(value)]),
  );
}
