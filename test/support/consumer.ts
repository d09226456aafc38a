import type { NpmProject } from "./packedPackage";

/**
 * Programs of someone who has installed the package: each makes a farm under the mocks and prints what stands
 * on the engine. One is CommonJS, one an ES module; both are TypeScript for `moduleResolution: node16`.
 */
const program = `import { FarmError, WindowsWebFarm, type WindowsWebFarmArgs } from "pulumi-webfarm";
import { faultsOf, mockEngine } from "pulumi-webfarm/testing";

async function main(): Promise<void> {
  const args: WindowsWebFarmArgs = {
    apps: { webapp: { image: "webapp:1.0", replicas: 2, ports: [{ container: 80 }] } },
    proxy: { build: {}, publish: 80 },
  };
  const engine = await mockEngine();
  const { apps, proxy } = await engine.deployed(new WindowsWebFarm("shop", args));
  const faults = faultsOf(() => new WindowsWebFarm("bad", { ...args, platform: "linux" }));
  const upstreams = apps.webapp?.upstreams ?? [];
  const listed = upstreams.every((upstream) => proxy?.nginxConf.includes(\`server \${upstream}\`));
  console.log(JSON.stringify({ upstreams: upstreams.length, listed, faults: faults.map(({ path }) => path) }));
  if (FarmError.name !== "FarmError") throw new Error("no class");
}
void main();
`;

/** What each of the programs prints. */
export const printed = { upstreams: 2, listed: true, faults: ["console.image"] };

const compilerOptions = {
  strict: true,
  target: "ES2022",
  module: "node16",
  moduleResolution: "node16",
  exactOptionalPropertyTypes: true,
  types: ["node"],
  // The library's own types are checked too.
  skipLibCheck: false,
  outDir: "out",
};

/** The files of such a project. */
export const consumerFiles: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify({ name: "consumer", private: true }),
  "tsconfig.json": JSON.stringify({
    compilerOptions,
    files: ["asModule.mts", "asCommonJs.cts"],
  }),
  "asModule.mts": program,
  "asCommonJs.cts": program,
};

/** Compiles the two programs and gives back what each prints on the given Node. */
export async function runConsumers(project: NpmProject, node = process.execPath): Promise<unknown[]> {
  await project.run(process.execPath, "node_modules/typescript/bin/tsc", "-p", "tsconfig.json");
  const outputs = ["out/asModule.mjs", "out/asCommonJs.cjs"].map((file) => project.run(node, file));
  return (await Promise.all(outputs)).map((output) => JSON.parse(output) as unknown);
}
