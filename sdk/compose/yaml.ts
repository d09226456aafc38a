import { createRequire } from "node:module";
import type * as Yaml from "yaml";

let loaded: typeof Yaml | undefined;

/** The yaml package; loaded with the first compose file, so that farms without one start faster. */
export function yaml(): typeof Yaml {
  loaded ??= createRequire(__filename)("yaml") as typeof Yaml;
  return loaded;
}
