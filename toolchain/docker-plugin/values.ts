/** Property values as they travel between the Pulumi engine and a provider: JSON, with marked specials. */
export type Value = null | boolean | number | string | Value[] | PropertyMap;

export interface PropertyMap {
  [name: string]: Value;
}

/** Stands for a value that is known only after the deployment. Pulumi's wire protocol fixes the string. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

export function isObject(value: Value | undefined): value is PropertyMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function containsUnknown(value: Value | undefined): boolean {
  if (Array.isArray(value)) return value.some(containsUnknown);
  if (isObject(value)) return Object.values(value).some(containsUnknown);
  return value === UNKNOWN;
}

export function secret(value: Value): PropertyMap {
  return { [SIGNATURE_KEY]: SECRET_SIGNATURE, value };
}

/** The plain value below all secret marks. */
export function withoutSecrets(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isObject(value)) return value;
  if (value[SIGNATURE_KEY] === SECRET_SIGNATURE) return withoutSecrets(value.value ?? null);
  return mapValues(value, withoutSecrets);
}

export function mapValues(map: PropertyMap, transform: (value: Value) => Value): PropertyMap {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, transform(value)]));
}

/** What Docker and the official plugin take as "not set": null, "", 0, false, [] and {}. */
export function isUnset(value: Value | undefined): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === "" || value === 0 || value === false;
}

export function isDeepEqual(left: Value, right: Value): boolean {
  return canonicalJson(left) === canonicalJson(right);
}

/** JSON with sorted keys, so that equal values give equal text. */
export function canonicalJson(value: Value): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : Number(left > right))),
        )
      : inner,
  );
}

// Readers for values whose type Check has already made sure of.

export function text(value: Value | undefined): string {
  return typeof value === "string" ? value : "";
}

export function number(value: Value | undefined): number {
  return typeof value === "number" ? value : 0;
}

export function flag(value: Value | undefined): boolean {
  return value === true;
}

export function texts(value: Value | undefined): string[] {
  return Array.isArray(value) ? value.map(text) : [];
}

export function objects(value: Value | undefined): PropertyMap[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function textMap(value: Value | undefined): Record<string, string> {
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, text(item)]))
    : {};
}
