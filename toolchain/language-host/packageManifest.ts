import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const parameterizationSchema = z.object({
  name: z.string(),
  version: z.string(),
  /** base64 */
  value: z.string(),
});

/** The parts of a package.json that say what a package is to Pulumi. */
const manifestSchema = z.object({
  name: z.string().optional(),
  version: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).optional(),
  devDependencies: z.record(z.string(), z.string()).optional(),
  pulumi: z
    .object({
      resource: z.boolean().optional(),
      name: z.string().optional(),
      version: z.string().optional(),
      server: z.string().optional(),
      parameterization: parameterizationSchema.optional(),
      extensionParameterization: parameterizationSchema.optional(),
    })
    .optional(),
});

export type PackageManifest = z.infer<typeof manifestSchema>;
export type Parameterization = z.infer<typeof parameterizationSchema>;

/** The package.json in a directory; undefined when there is none, or none that can be understood. */
export async function readManifest(directory: string): Promise<PackageManifest | undefined> {
  let text: string;
  try {
    text = await readFile(join(directory, "package.json"), "utf8");
  } catch {
    return undefined;
  }
  try {
    return manifestSchema.safeParse(JSON.parse(text)).data;
  } catch {
    // A broken package.json somewhere below node_modules must not stop the deployment of what works.
    return undefined;
  }
}

/** A resource plugin that a package asks the engine to load. */
export interface RequiredPackage {
  readonly name: string;
  readonly version: string;
  readonly server: string | undefined;
  readonly parameterization: Parameterization | undefined;
  readonly extension: Parameterization | undefined;
}

export function requiredPackage(manifest: PackageManifest): RequiredPackage | undefined {
  const { pulumi } = manifest;
  if (pulumi?.resource !== true) return undefined;
  const name = pulumi.name ?? officialPluginName(manifest.name);
  const version = pulumi.version ?? manifest.version;
  if (!name || !version) return undefined;
  return {
    name,
    version: version.startsWith("v") ? version : `v${version}`,
    server: pulumi.server,
    parameterization: pulumi.parameterization,
    extension: pulumi.extensionParameterization,
  };
}

/** Only packages of the @pulumi scope are named after their plugin; all others must name it. */
function officialPluginName(packageName: string | undefined): string | undefined {
  return packageName?.startsWith("@pulumi/") ? packageName.slice("@pulumi/".length) : undefined;
}
