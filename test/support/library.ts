import { join } from "node:path";
import { projectRoot } from "./projectRoot";

/** The library as programs import it: what `package.json` names as its main file. */
export const library = join(projectRoot, "dist/bundle/index.js");
