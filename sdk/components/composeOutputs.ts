import * as pulumi from "@pulumi/pulumi";
import type { WindowsWebFarmArgs } from "../args";

/** A farm's arguments with their outputs known, and which texts of them are secret. */
export interface PlainFarm {
  args: WindowsWebFarmArgs;
  secrets: ReadonlySet<string>;
}

/** Stands in for a secret until `toCompose` writes a variable in its place. */
const hidden = "\0secret";

/** Waits for every output in the arguments; the values of secrets are left out. */
export function plainFarm(args: WindowsWebFarmArgs): pulumi.Output<PlainFarm> {
  const secrets = new Set<string>();
  const plain = pulumi.output(withoutFunctions(args, [], secrets));
  return pulumi.unsecret(plain).apply((known) => ({ args: known as WindowsWebFarmArgs, secrets }));
}

/** Functions have no place in a file; secrets are found before their values could be seen. */
function withoutFunctions(value: unknown, path: readonly string[], secrets: Set<string>): unknown {
  if (pulumi.Output.isInstance(value)) {
    const output = value;
    return pulumi.output(pulumi.isSecret(output)).apply((secret): unknown => {
      if (!secret) return output;
      secrets.add(path.join("."));
      return hidden;
    });
  }
  if (value instanceof Promise || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    return value.map((item, index) => withoutFunctions(item, [...path, String(index)], secrets));
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, part]) => typeof part !== "function")
      .map(([key, part]) => [key, withoutFunctions(part, [...path, key], secrets)]),
  );
}
