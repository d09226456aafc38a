import type { PackageSchema } from "./packageSchema";
import type { PropertySchema, TypeSchema } from "./typeSchema";

/** A value of an example: plain data, whose types the schema knows. */
export type Value = string | number | boolean | Value[] | { [key: string]: Value };

/** An example in every language: a component, its arguments, and an output to export. */
export interface Example {
  component: string;
  name: string;
  args: Record<string, Value>;
  output: string;
}

/** The farm of the README. */
export const farmExample: Example = {
  component: "WindowsWebFarm",
  name: "shop",
  args: {
    apps: {
      webapp: { image: "example/webapp:1.0", replicas: 2, ports: [{ container: 80 }] },
      api: { image: "example/api:1.0", ports: [{ container: 5000 }], routes: [{ path: "/api" }] },
    },
    proxy: { image: "example/nginx-windows:1.28", publish: 80 },
    console: { enabled: true },
  },
  output: "url",
};

/** How a language writes each kind of value. */
interface Language {
  /** `input`: the property takes outputs too; `optional`: it may be left out. */
  scalar: (value: string | number | boolean, input: boolean, optional: boolean) => string;
  list: (items: string[], item: string | undefined, depth: number) => string;
  map: (entries: [string, string][], value: string | undefined, depth: number) => string;
  object: (type: string, entries: [string, string][], optional: boolean, depth: number) => string;
}

/** A value as a language writes it; the schema tells of each property which type it has. */
function write(
  schema: PackageSchema,
  language: Language,
  value: Value,
  type: TypeSchema,
  place: { optional: boolean; depth: number },
): string {
  const { optional, depth } = place;
  const inner = { optional: false, depth: depth + 1 };
  if (Array.isArray(value)) {
    const { items } = type;
    if (items === undefined) throw new Error("the schema has no list here");
    const written = value.map((item) => write(schema, language, item, items, inner));
    return language.list(written, nameOf(items), depth);
  }
  if (typeof value !== "object") return language.scalar(value, type.plain !== true, optional);
  const { additionalProperties } = type;
  if (additionalProperties !== undefined) {
    const entries = Object.entries(value).map(([key, entry]): [string, string] => [
      key,
      write(schema, language, entry, additionalProperties, inner),
    ]);
    return language.map(entries, nameOf(additionalProperties), depth);
  }
  const name = nameOf(type);
  const object = schema.types[type.$ref?.replace("#/types/", "") ?? ""];
  if (name === undefined || object === undefined) throw new Error("the schema has no object here");
  const entries = fields(schema, language, value, object, depth + 1);
  return language.object(name, entries, optional, depth);
}

function fields(
  schema: PackageSchema,
  language: Language,
  value: Record<string, Value>,
  object: { properties?: Record<string, PropertySchema>; required?: string[] },
  depth: number,
): [string, string][] {
  return Object.entries(value).map(([key, entry]) => {
    const property = object.properties?.[key];
    if (property === undefined) throw new Error(`the schema has no ${key}`);
    const optional = object.required?.includes(key) !== true;
    return [key, write(schema, language, entry, property, { optional, depth })];
  });
}

const nameOf = ({ $ref }: TypeSchema) => $ref?.split(":").at(-1);
const indent = (depth: number, by: string) => by.repeat(depth);
const pascal = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const quoted = (value: string | number | boolean) => JSON.stringify(value);

function lines(open: string, entries: string[], close: string, depth: number, by: string): string {
  return [
    open,
    ...entries.map((entry) => `${indent(depth + 1, by)}${entry},`),
    indent(depth, by) + close,
  ].join("\n");
}

const four = "    ";

const python: Language = {
  scalar: (value) => (typeof value === "boolean" ? pascal(String(value)) : quoted(value)),
  list: (items, _, depth) => lines("[", items, "]", depth, four),
  map: (entries, _, depth) =>
    lines(
      "{",
      entries.map(([key, value]) => `${quoted(key)}: ${value}`),
      "}",
      depth,
      four,
    ),
  object: (type, entries, _, depth) =>
    lines(
      `webfarm.${type}Args(`,
      entries.map(([key, value]) => `${snake(key)}=${value}`),
      ")",
      depth,
      four,
    ),
};

const csharpLines = (open: string, entries: string[], depth: number) =>
  lines(`${open}\n${indent(depth, four)}{`, entries, "}", depth, four);

const csharp: Language = {
  scalar: quoted,
  list: (items, item, depth) => csharpLines(`new List<${itemType(item)}>`, items, depth),
  map: (entries, value, depth) =>
    csharpLines(
      `new Dictionary<string, ${value === undefined ? "string" : `Input<${itemType(value)}>`}>`,
      entries.map(([key, entry]) => `[${quoted(key)}] = ${entry}`),
      depth,
    ),
  object: (type, entries, _, depth) =>
    csharpLines(
      `new Webfarm.Inputs.${type}Args`,
      entries.map(([key, value]) => `${pascal(key)} = ${value}`),
      depth,
    ),
};

const itemType = (name: string | undefined) => (name === undefined ? "string" : `Webfarm.Inputs.${name}Args`);

const go: Language = {
  scalar: (value, input, optional) => {
    const kind = typeof value === "string" ? "String" : typeof value === "number" ? "Int" : "Bool";
    if (input) return `pulumi.${kind}(${quoted(value)})`;
    return optional ? `pulumi.${kind}Ref(${quoted(value)})` : quoted(value);
  },
  list: (items, item, depth) => lines(`[]${goType(item)}{`, items, "}", depth, "\t"),
  map: (entries, value, depth) =>
    lines(
      `map[string]${value === undefined ? "string" : `webfarm.${value}Input`}{`,
      entries.map(([key, entry]) => `${quoted(key)}: ${entry}`),
      "}",
      depth,
      "\t",
    ),
  object: (type, entries, optional, depth) =>
    lines(
      `${optional ? "&" : ""}webfarm.${type}Args{`,
      aligned(entries.map(([key, value]): [string, string] => [pascal(key), value])),
      "}",
      depth,
      "\t",
    ),
};

const goType = (name: string | undefined) => (name === undefined ? "string" : `webfarm.${name}Args`);

/** gofmt puts the values of neighbouring one-line fields into one column. */
function aligned(entries: [string, string][]): string[] {
  const run = (index: number, step: number): number => {
    const value = entries[index];
    return value === undefined || value[1].includes("\n")
      ? 0
      : Math.max(value[0].length, run(index + step, step));
  };
  return entries.map(([key, value], index) => {
    const width = value.includes("\n") ? key.length : Math.max(run(index, 1), run(index, -1));
    return `${key}:${" ".repeat(width - key.length + 1)}${value}`;
  });
}

/** An example as a whole program, by the name of the language in a Markdown fence. */
export function programs(schema: PackageSchema, example: Example): Record<string, string> {
  const { component, name, args, output } = example;
  const resource = schema.resources[`webfarm:index:${component}`];
  if (resource?.properties[output] === undefined) throw new Error(`${component} has no ${output}`);
  const object = { properties: resource.inputProperties, required: resource.requiredInputs };
  const top = (language: Language, depth: number) => fields(schema, language, args, object, depth);
  return {
    yaml: yamlProgram(example),
    python: [
      "import pulumi",
      "import pulumi_webfarm as webfarm",
      "",
      lines(
        `${name} = webfarm.${component}(`,
        [quoted(name), ...top(python, 1).map(([key, value]) => `${snake(key)}=${value}`)],
        ")",
        0,
        four,
      ),
      `pulumi.export("${output}", ${name}.${snake(output)})`,
    ].join("\n"),
    csharp: [
      "using System.Collections.Generic;",
      "using Pulumi;",
      "using Webfarm = Pulumi.Webfarm;",
      "",
      "return await Deployment.RunAsync(() =>",
      "{",
      four +
        csharpLines(
          `var ${name} = new Webfarm.${component}(${quoted(name)}, new Webfarm.${component}Args`,
          top(csharp, 2).map(([key, value]) => `${pascal(key)} = ${value}`),
          1,
        ) +
        ");",
      `${four}return new Dictionary<string, object?> { [${quoted(output)}] = ${name}.${pascal(output)} };`,
      "});",
    ].join("\n"),
    go: [
      "package main",
      "",
      "import (",
      '\t"example.com/pulumi-webfarm/sdk/go/webfarm"',
      '\t"github.com/pulumi/pulumi/sdk/v3/go/pulumi"',
      ")",
      "",
      "func main() {",
      "\tpulumi.Run(func(ctx *pulumi.Context) error {",
      "\t\t" +
        lines(
          `${name}, err := webfarm.New${component}(ctx, ${quoted(name)}, &webfarm.${component}Args{`,
          aligned(top(go, 3).map(([key, value]): [string, string] => [pascal(key), value])),
          "})",
          2,
          "\t",
        ),
      "\t\tif err != nil {",
      "\t\t\treturn err",
      "\t\t}",
      `\t\tctx.Export(${quoted(output)}, ${name}.${pascal(output)})`,
      "\t\treturn nil",
      "\t})",
      "}",
    ].join("\n"),
  };
}

function yamlProgram({ component, name, args, output }: Example): string {
  return [
    "name: shop",
    "runtime: yaml",
    "packages:",
    "  webfarm: ./node_modules/pulumi-webfarm/plugin",
    "resources:",
    `  ${name}:`,
    `    type: webfarm:${component}`,
    "    properties:",
    ...yamlLines(args, 3),
    "outputs:",
    `  ${output}: \${${name}.${output}}`,
  ].join("\n");
}

function yamlLines(value: Record<string, Value>, depth: number): string[] {
  return Object.entries(value).flatMap(([key, entry]) => {
    const start = `${indent(depth, "  ")}${key}:`;
    if (Array.isArray(entry))
      return [start, ...entry.map((item) => `${indent(depth + 1, "  ")}- ${flow(item)}`)];
    return typeof entry === "object" ? [start, ...yamlLines(entry, depth + 1)] : [`${start} ${flow(entry)}`];
  });
}

/** JSON is YAML; keys and words need no quotes where they are plain. */
function flow(value: Value): string {
  if (typeof value !== "object") return quoted(value);
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  return `{ ${Object.entries(value)
    .map(([key, entry]) => `${key}: ${flow(entry)}`)
    .join(", ")} }`;
}

/** The page with the examples, from the project's root. */
export const languagesPage = "docs/languages.md";

/** A page with each of its examples put in the place of the one that is there. */
export function withExamples(page: string, examples: Readonly<Record<string, string>>): string {
  return Object.entries(examples).reduce((text, [language, program]) => {
    const block = new RegExp(`\`\`\`${language}\\n[\\s\\S]*?\\n\`\`\``);
    if (!block.test(text)) throw new Error(`${languagesPage} has no example in ${language}`);
    return text.replace(block, () => `\`\`\`${language}\n${program}\n\`\`\``);
  }, page);
}
