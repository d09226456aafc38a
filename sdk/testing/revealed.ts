/** How Pulumi marks what is secret: an object with this signature around the value. */
const secretSignature = "4dabf18193072939515e22adb298388d";

/** A value with all that is secret in it laid open. */
export function revealed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== "object" || value === null) return value;
  if (secretSignature in value && "value" in value) return revealed(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, revealed(part)]));
}
