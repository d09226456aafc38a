import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { farmExample, languagesPage, programs, withExamples } from "./examples";
import { packageSchema, schemaFile, schemaText, type PackageFacts } from "./packageSchema";

/** `npm run schema`: writes the package's schema, and the examples of docs/languages.md from it. */
const root = resolve(__dirname, "../../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const schema = packageSchema(root, JSON.parse(read("package.json")) as PackageFacts);
writeFileSync(join(root, schemaFile), schemaText(schema));
writeFileSync(join(root, languagesPage), withExamples(read(languagesPage), programs(schema, farmExample)));
