import { join } from "node:path";
import ts from "typescript";
import { describe, TypeReader, type NamedType, type PropertySchema } from "./typeSchema";

/** A component in a Pulumi schema. */
export interface ResourceSchema {
  isComponent: true;
  description: string;
  inputProperties: Record<string, PropertySchema>;
  requiredInputs: string[];
  properties: Record<string, PropertySchema>;
  required: string[];
}

/** A Pulumi package schema. */
export interface PackageSchema {
  name: string;
  version: string;
  description: string;
  license: string;
  language: Record<string, unknown>;
  types: Record<string, NamedType>;
  resources: Record<string, ResourceSchema>;
}

/** Facts of package.json that the schema repeats. */
export interface PackageFacts {
  version: string;
  description: string;
  license: string;
}

/** The components that other languages get, and the outputs of each that are data. */
const components: Readonly<Record<string, readonly string[]>> = {
  NatService: ["replicas", "endpoints", "containerNames", "alias", "network"],
  ProxiedScaleSet: ["url", "localUrl", "upstreams"],
  WindowsWebFarm: ["url", "localUrl", "consoleCommand", "topology"],
};

/** The file that holds the schema, from the project's root. */
export const schemaFile = "plugin/schema.json";

/** The schema of the components, read from their sources: interfaces, docstrings and all. */
export function packageSchema(root: string, { version, description, license }: PackageFacts): PackageSchema {
  const index = join(root, "sdk/index.ts");
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), (file) => ts.sys.readFile(file)) as {
    config: { compilerOptions: unknown };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const program = ts.createProgram([index], options);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(index);
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${index} is no module`);
  const exported = new Map(checker.getExportsOfModule(module).map((symbol) => [symbol.name, symbol]));
  const reader = new TypeReader(checker);
  const typeOf = (name: string): { symbol: ts.Symbol; type: ts.Type } => {
    const alias = exported.get(name);
    if (alias === undefined) throw new Error(`sdk/index.ts does not export ${name}`);
    const symbol = checker.getAliasedSymbol(alias);
    return { symbol, type: checker.getDeclaredTypeOfSymbol(symbol) };
  };
  const resources = Object.entries(components).map(([name, outputs]): [string, ResourceSchema] => {
    const { symbol, type } = typeOf(name);
    const input = reader.properties(typeOf(`${name}Args`).type, "input");
    const properties = Object.fromEntries(
      outputs.map((output) => [output, outputSchema(type, output, reader, checker)]),
    );
    return [
      `webfarm:index:${name}`,
      {
        isComponent: true,
        description: describe(symbol, checker),
        inputProperties: input.properties ?? {},
        requiredInputs: input.required ?? [],
        properties,
        required: outputs.filter((output) => output !== "consoleCommand"),
      },
    ];
  });
  return {
    name: "webfarm",
    version,
    description,
    license,
    language: {
      csharp: { respectSchemaVersion: true },
      go: { respectSchemaVersion: true, generateResourceContainerTypes: true },
      nodejs: { respectSchemaVersion: true },
      python: { respectSchemaVersion: true, pyproject: { enabled: true } },
    },
    types: Object.fromEntries(Object.entries(reader.types).sort(([a], [b]) => (a < b ? -1 : 1))),
    resources: Object.fromEntries(resources),
  };
}

function outputSchema(
  component: ts.Type,
  name: string,
  reader: TypeReader,
  checker: ts.TypeChecker,
): PropertySchema {
  const symbol = component.getProperty(name);
  if (symbol?.valueDeclaration === undefined) throw new Error(`${component.symbol.name} has no ${name}`);
  const type = checker.getTypeOfSymbolAtLocation(symbol, symbol.valueDeclaration);
  return { ...reader.read(type, name, "output"), description: describe(symbol, checker) };
}

/** The schema as it is checked in. */
export function schemaText(schema: PackageSchema): string {
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
