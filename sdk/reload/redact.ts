import * as pulumi from "@pulumi/pulumi";

/** Shorter texts are too common to be found in a log: masking each `1` would hide more than the secret. */
const shortest = 4;

/** Takes secrets out of a text that people see, such as an app's own log lines. */
export function redact(text: string, secrets: readonly string[]): string {
  return [...secrets]
    .filter((secret) => secret.length >= shortest)
    .sort((one, other) => other.length - one.length)
    .reduce((masked, secret) => masked.replaceAll(secret, "[secret]"), text);
}

/**
 * The secret ones among arguments of a container, whole, behind their `NAME=`, and line by line as logs have
 * them. For hooks, where every output is known.
 */
export async function secretsAmong(inputs: readonly unknown[]): Promise<string[]> {
  const texts = (await Promise.all(inputs.map(secretTexts))).flat();
  return texts
    .flatMap((text) => [text, text.replace(/^[^\s=]+=/, "")])
    .flatMap((text) => [text, ...text.split(/\r?\n/)]);
}

async function secretTexts(input: unknown): Promise<string[]> {
  if (Array.isArray(input)) return (await Promise.all(input.map(secretTexts))).flat();
  if (!pulumi.Output.isInstance(input) || !(await pulumi.isSecret(input))) return [];
  const known = await new Promise<unknown>((resolve) => input.apply(resolve));
  return (Array.isArray(known) ? known : [known]).filter((text) => typeof text === "string");
}
