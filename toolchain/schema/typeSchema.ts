import ts from "typescript";

/** A type in a Pulumi schema. */
export interface TypeSchema {
  type?: "string" | "integer" | "number" | "boolean" | "array" | "object";
  /** An object type or enum of the same schema. */
  $ref?: string;
  items?: TypeSchema;
  additionalProperties?: TypeSchema;
  /** A value, no output: what decides how many resources there are must be known before any of them. */
  plain?: true;
}

/** A property in a Pulumi schema. */
export interface PropertySchema extends TypeSchema {
  description?: string;
}

/** An object type or enum in a Pulumi schema. */
export interface NamedType {
  type: "object" | "string";
  description?: string;
  properties?: Record<string, PropertySchema>;
  required?: string[];
  enum?: { name: string; value: string }[];
}

/** The numbers that may have a fraction; all others are whole. */
const fractions = new Set(["cpus", "delaySeconds"]);

/** Pulumi's generators put `Args` behind the names of input types, and a component has `NatServiceArgs` already. */
const names: Readonly<Record<string, string>> = { NatServiceArgs: "Service" };

/** Turns TypeScript declarations into a Pulumi schema's types, and keeps those that were met by name. */
export class TypeReader {
  readonly types: Record<string, NamedType> = {};

  constructor(private readonly checker: ts.TypeChecker) {}

  /** The properties of an interface or class, with those that it inherits; functions are no data and left out. */
  properties(type: ts.Type, kind: "input" | "output"): Pick<NamedType, "properties" | "required"> {
    const properties: Record<string, PropertySchema> = {};
    const required: string[] = [];
    for (const symbol of type.getProperties()) {
      const declaration = symbol.valueDeclaration;
      if (declaration === undefined) continue;
      const schema = this.#property(symbol, declaration, kind);
      if (schema === undefined) continue;
      properties[symbol.name] = schema;
      if ((symbol.flags & ts.SymbolFlags.Optional) === 0) required.push(symbol.name);
    }
    return { properties, ...(required.length === 0 ? {} : { required }) };
  }

  #property(
    symbol: ts.Symbol,
    declaration: ts.Declaration,
    kind: "input" | "output",
  ): PropertySchema | undefined {
    const type = this.checker.getNonNullableType(this.checker.getTypeOfSymbolAtLocation(symbol, declaration));
    if (type.getCallSignatures().length > 0) return undefined;
    const description = describe(symbol, this.checker);
    return { ...this.read(type, symbol.name, kind), ...(description === "" ? {} : { description }) };
  }

  /** @param property name of the property that has the type */
  read(given: ts.Type, property: string, kind: "input" | "output"): TypeSchema {
    const inner = innerOf(given, this.checker);
    const type = inner ?? given;
    const plain = kind === "input" && inner === undefined ? ({ plain: true } as const) : {};
    if (type.flags & ts.TypeFlags.String) return { type: "string", ...plain };
    if (type.flags & ts.TypeFlags.Boolean) return { type: "boolean", ...plain };
    if (type.flags & ts.TypeFlags.Number) {
      return { type: fractions.has(property) ? "number" : "integer", ...plain };
    }
    if (type.isUnion() && type.types.every((member) => member.isStringLiteral())) {
      return { $ref: this.#enumOf(type, property), ...plain };
    }
    if (this.checker.isArrayType(type)) {
      const [item] = this.checker.getTypeArguments(type as ts.TypeReference);
      if (item === undefined) throw new Error(`${property}: a list of nothing`);
      return { type: "array", items: this.read(item, property, kind), ...plain };
    }
    const values = type.getStringIndexType();
    if (values !== undefined) {
      const value = this.read(values, property, kind);
      // Pulumi's generator for Go (3.259) makes no arguments of objects that are only in maps of plain ones.
      if (value.$ref !== undefined) delete value.plain;
      return { type: "object", additionalProperties: value, ...plain };
    }
    if (type.isClassOrInterface()) return { $ref: this.#objectOf(type, kind), ...plain };
    throw new Error(`${property}: ${this.checker.typeToString(type)} has no place in a Pulumi schema`);
  }

  #objectOf(type: ts.InterfaceType, kind: "input" | "output"): string {
    const { name } = type.symbol;
    const known = names[name] ?? name.replace(/Args$/, "");
    return this.#named(known, () => ({
      type: "object",
      ...described(type.symbol, this.checker),
      ...this.properties(type, kind),
    }));
  }

  #enumOf(type: ts.UnionType, property: string): string {
    const symbol = type.aliasSymbol;
    const name = symbol?.name ?? property.charAt(0).toUpperCase() + property.slice(1);
    return this.#named(name, () => ({
      type: "string",
      ...(symbol === undefined ? {} : described(symbol, this.checker)),
      enum: type.types.map((member) => {
        const value = (member as ts.StringLiteralType).value;
        return { name: enumName(value), value };
      }),
    }));
  }

  /** The reference to a type; it is made at the first one, and a type may refer to itself. */
  #named(name: string, make: () => NamedType): string {
    const token = `webfarm:index:${name}`;
    if (!(token in this.types)) {
      this.types[token] = { type: "object" };
      this.types[token] = make();
    }
    return `#/types/${token}`;
  }
}

/** `T` of `pulumi.Input<T>` and `pulumi.Output<T>`; undefined for any other type. */
function innerOf(type: ts.Type, checker: ts.TypeChecker): ts.Type | undefined {
  const alias = type.aliasSymbol?.name;
  const [argument] = type.aliasTypeArguments ?? [];
  if ((alias === "Input" || alias === "Output") && argument !== undefined)
    return checker.getNonNullableType(argument);
  // An input that may be left out is a union of its own, without the alias.
  if (!type.isUnion()) return undefined;
  const output = type.types.find(
    (member) => member.getSymbol()?.name === "OutputInstance" || member.aliasSymbol?.name === "Output",
  );
  if (output === undefined) return undefined;
  const rest = type.types.filter((member) => member !== output && member.getSymbol()?.name !== "Promise");
  return rest.length === 1 ? rest[0] : undefined;
}

/** `startFirst` is StartFirst, `2022` is Release2022, `on-failure` is OnFailure. */
function enumName(value: string): string {
  const words = value.split(/[^A-Za-z0-9]+/).map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  const name = words.join("");
  return /^\d/.test(name) ? `Release${name}` : name;
}

function described(symbol: ts.Symbol, checker: ts.TypeChecker): { description?: string } {
  const description = describe(symbol, checker);
  return description === "" ? {} : { description };
}

/** The docstring, with its default. */
export function describe(symbol: ts.Symbol, checker: ts.TypeChecker): string {
  const text = ts
    .displayPartsToString(symbol.getDocumentationComment(checker))
    .replace(/\s*\n\s*/g, " ")
    .trim();
  const [fallback] = symbol.getJsDocTags(checker).filter(({ name }) => name === "default");
  const words =
    fallback === undefined
      ? ""
      : ts
          .displayPartsToString(fallback.text)
          .replace(/\s*\n\s*/g, " ")
          .trim();
  return [text, ...(words === "" ? [] : [`Default: ${words}`])].filter((part) => part !== "").join(" ");
}
