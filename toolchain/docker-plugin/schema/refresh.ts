import { type PropertyMap, type Value, isDeepEqual, isObject, isUnset } from "../values";
import type { Attribute, Attributes } from "./attribute";
import { DEFAULTS } from "./check";

/**
 * The inputs that would have led to what a refresh found: drift shows as a difference to the program.
 * Only properties that the inputs had are followed; what no longer equals its default is no default.
 */
export function refreshInputs(
  attributes: Attributes,
  inputs: PropertyMap,
  outputs: PropertyMap,
): PropertyMap {
  const refreshed: PropertyMap = {};
  const changed = new Set<string>();
  for (const [name, input] of Object.entries(inputs)) {
    const output = outputs[name];
    const attribute = attributes[name];
    refreshed[name] = attribute && output !== undefined ? refreshValue(attribute, input, output) : input;
    if (!isDeepEqual(refreshed[name], input)) changed.add(name);
  }
  const defaults = inputs[DEFAULTS];
  if (Array.isArray(defaults)) {
    refreshed[DEFAULTS] = defaults.filter((name) => typeof name !== "string" || !changed.has(name));
  }
  return refreshed;
}

function refreshValue(attribute: Attribute, input: Value, output: Value): Value {
  if (isUnset(input) && isUnset(output)) return input;
  const { elements } = attribute;
  if (Array.isArray(input) && Array.isArray(output)) {
    if (input.length !== output.length) return output;
    if (elements) {
      return input.map((entry, index) => refreshElement(elements, entry, output[index] ?? null));
    }
    const isSame = attribute.type === "set" && isDeepEqual([...input].sort(), [...output].sort());
    return isSame ? input : output;
  }
  return elements ? refreshElement(elements, input, output) : output;
}

function refreshElement(elements: Attributes, input: Value, output: Value): Value {
  return isObject(input) && isObject(output) ? refreshInputs(elements, input, output) : output;
}

/** The inputs of a resource that is imported: all that the engine has and that is not a default. */
export function importInputs(attributes: Attributes, outputs: PropertyMap): PropertyMap {
  const inputs: PropertyMap = {};
  for (const [name, attribute] of Object.entries(attributes)) {
    const value = outputs[name];
    if (value === undefined || attribute.output || isUnset(value)) continue;
    if (attribute.required || attribute.default === undefined || !isDeepEqual(value, attribute.default)) {
      inputs[name] = importValue(attribute, value);
    }
  }
  return { ...inputs, [DEFAULTS]: [] };
}

function importValue({ elements }: Attribute, value: Value): Value {
  if (!elements) return value;
  if (Array.isArray(value)) {
    return value.map((entry) => (isObject(entry) ? importInputs(elements, entry) : entry));
  }
  return isObject(value) ? importInputs(elements, value) : value;
}
