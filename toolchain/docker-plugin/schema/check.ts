import { type PropertyMap, type Value, UNKNOWN, isObject } from "../values";
import type { Attribute, Attributes } from "./attribute";

export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

export interface CheckResult {
  readonly inputs: PropertyMap;
  readonly failures: readonly CheckFailure[];
}

/** Names of the properties that a default filled in. The official plugin keeps them in every object. */
export const DEFAULTS = "__defaults";

/**
 * Validates a program's inputs and fills in the defaults; `generated` are further defaults (names).
 * Defaults that say "not set" (false, 0) are left to the outputs, as the official plugin does.
 */
export function checkInputs(
  attributes: Attributes,
  news: PropertyMap,
  generated: PropertyMap = {},
  path = "",
): CheckResult {
  const failures: CheckFailure[] = [];
  const inputs: PropertyMap = {};
  const defaults: string[] = [];

  for (const [name, value] of Object.entries(news)) {
    if (value === null || name === DEFAULTS) continue;
    const attribute = attributes[name];
    const property = path + name;
    if (!attribute || attribute.output) {
      failures.push({ property, reason: unknownProperty(name, attributes) });
    } else if (attribute.unsupported !== undefined) {
      failures.push({ property, reason: attribute.unsupported });
    } else {
      inputs[name] = checkValue(attribute, value, property, failures);
    }
  }
  for (const [name, attribute] of Object.entries(attributes)) {
    if (name in inputs || failures.some((failure) => failure.property === path + name)) continue;
    const value = generated[name] ?? attribute.default;
    if (value !== undefined && value !== null && value !== false && value !== 0) {
      inputs[name] = value;
      defaults.push(name);
    } else if (attribute.required) {
      failures.push({ property: path + name, reason: "this property is required and was not given" });
    }
  }
  return { inputs: { ...inputs, [DEFAULTS]: defaults.sort() }, failures };
}

function checkValue(attribute: Attribute, value: Value, path: string, failures: CheckFailure[]): Value {
  if (value === UNKNOWN) return value;
  const refuse = (reason: string): Value => {
    failures.push({ property: path, reason });
    return value;
  };
  const reason = hasType(attribute, value) ? attribute.validate?.(value) : wrongType(attribute, value);
  if (reason !== undefined) return refuse(reason);
  if (!attribute.elements) {
    const items = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
    return items.every((item) => typeof item === "string") ? value : refuse("all entries must be strings");
  }
  const { elements } = attribute;
  const checkElement = (element: Value, elementPath: string): Value => {
    if (!isObject(element)) {
      if (element !== UNKNOWN) failures.push({ property: elementPath, reason: "must be an object" });
      return element;
    }
    const checked = checkInputs(elements, element, {}, `${elementPath}.`);
    failures.push(...checked.failures);
    return checked.inputs;
  };
  return Array.isArray(value)
    ? value.map((element, index) => checkElement(element, `${path}[${index}]`))
    : checkElement(value, path);
}

function hasType({ type }: Attribute, value: Value): boolean {
  switch (type) {
    case "list":
    case "set":
      return Array.isArray(value);
    case "map":
    case "block":
      return isObject(value);
    case "number":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function wrongType({ type }: Attribute, value: Value): string {
  const names = {
    string: "a string",
    number: "a whole number",
    boolean: "true or false",
    map: "an object of strings",
    list: "an array",
    set: "an array",
    block: "an object",
  };
  return `must be ${names[type]}, not ${JSON.stringify(value)}`;
}

function unknownProperty(name: string, attributes: Attributes): string {
  const allowed = Object.keys(attributes)
    .filter((key) => attributes[key]?.output !== true)
    .sort()
    .join(", ");
  return `there is no such input "${name}"; allowed: ${allowed}`;
}
