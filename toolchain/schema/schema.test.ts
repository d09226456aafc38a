import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { windowsWebFarmSchema } from "../../sdk/schema/windowsWebFarm";
import { farmExample, languagesPage, programs, withExamples } from "./examples";
import {
  packageSchema,
  schemaFile,
  schemaText,
  type PackageFacts,
  type PackageSchema,
} from "./packageSchema";

const root = resolve(__dirname, "../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const advice = "npm run schema writes it anew";

let schema: PackageSchema;
beforeAll(() => {
  schema = packageSchema(root, JSON.parse(read("package.json")) as PackageFacts);
}, 60_000);

describe("the package's schema", () => {
  it("is in step with the components", () => {
    expect(read(schemaFile), advice).toBe(schemaText(schema));
  });

  it("names types that are there, and tells what every property is", () => {
    const references = [...schemaText(schema).matchAll(/"#\/types\/([^"]+)"/g)].map(
      ([, token = ""]) => token,
    );
    expect(references.filter((token) => !(token in schema.types))).toEqual([]);
    const parts = [
      ...Object.entries(schema.types).map(([token, { properties }]) => ({ token, properties })),
      ...Object.entries(schema.resources).map(([token, { inputProperties, properties }]) => ({
        token,
        properties: { ...inputProperties, ...properties },
      })),
    ];
    const silent = parts.flatMap(({ token, properties = {} }) =>
      Object.entries(properties).flatMap(([name, { description = "" }]) =>
        description === "" ? [`${token}.${name}`] : [],
      ),
    );
    expect(silent).toEqual([]);
  });

  it("asks for numbers as whole ones where the library takes no others", () => {
    const app = schema.types["webfarm:index:App"]?.properties ?? {};
    expect([app.replicas?.type, app.cpus?.type]).toEqual(["integer", "number"]);
    expect([app.replicas?.plain, app.image?.plain]).toEqual([true, undefined]);
    expect(app.transform).toBeUndefined();
    expect(schema.types["webfarm:index:HostRelease"]?.enum?.map(({ value }) => value)).toContain("2022");
  });
});

describe("docs/languages.md", () => {
  it("has the examples that the schema makes", () => {
    const page = read(languagesPage);
    expect(page, advice).toBe(withExamples(page, programs(schema, farmExample)));
  });

  it("has an example that the library accepts", () => {
    const { resources } = parse(programs(schema, farmExample).yaml ?? "") as {
      resources: { shop: { properties: unknown } };
    };
    expect(windowsWebFarmSchema.safeParse(resources.shop.properties).success).toBe(true);
  });
});
