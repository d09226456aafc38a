import { dirname, resolve } from "node:path";

/** The benchmarks run the files here from `dist`: the packages are found by one of them, the rest by them. */
export const nodeModules = resolve(dirname(require.resolve("@pulumi/pulumi/package.json")), "../..");

/** The project's own folder. */
export const projectRoot = dirname(nodeModules);
