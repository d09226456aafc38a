import type * as pulumi from "@pulumi/pulumi";

/** A variable and its value, which may not be known yet. */
export interface Variable {
  name: string;
  value: pulumi.Input<string>;
}

/** What entries assign whose text is not known yet: an output does not tell which variable it is of. */
const assigned = new WeakMap<object, Variable>();

/**
 * A replica's variables as `NAME=value`, sorted. Its own name and generation travel in, so that an app can say who
 * answered.
 */
export function environmentOf(
  { environment, generation }: { environment: Record<string, pulumi.Input<string>>; generation: string },
  replica: string,
): pulumi.Input<string>[] {
  const own: Record<string, pulumi.Input<string>> = {
    WEBFARM_REPLICA: replica,
    WEBFARM_GENERATION: generation,
    ...environment,
  };
  return Object.keys(own)
    .sort()
    .map((name) => assignment({ name, value: own[name] ?? "" }));
}

function assignment(variable: Variable): pulumi.Input<string> {
  const entry = mapped(variable.value, (text) => `${variable.name}=${text}`);
  if (typeof entry === "object") assigned.set(entry, variable);
  return entry;
}

/** The variable that an entry assigns; undefined when only its text could tell, which is not known yet. */
export function variableOf(entry: pulumi.Input<string>): Variable | undefined {
  if (typeof entry !== "string") return assigned.get(entry);
  const end = entry.indexOf("=");
  // Without a value the engine takes it for an empty one.
  return end < 0 ? { name: entry, value: "" } : { name: entry.slice(0, end), value: entry.slice(end + 1) };
}

/** The same values where swarms read templates: braces of the user's stay what they are. */
export function withoutTemplates(
  environment: Record<string, pulumi.Input<string>>,
): Record<string, pulumi.Input<string>> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      mapped(value, (text) => text.replaceAll("{{", '{{"{{"}}')),
    ]),
  );
}

function mapped(value: pulumi.Input<string>, change: (text: string) => string): pulumi.Input<string> {
  if (typeof value === "string") return change(value);
  if (value instanceof Promise) return value.then(change);
  return value.apply(change);
}
