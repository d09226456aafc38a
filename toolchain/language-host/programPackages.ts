import * as language from "@pulumi/pulumi/proto/language_pb";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import { installedPackages, packageRoot, type InstalledPackage } from "./installedPackages";
import {
  readManifest,
  requiredPackage,
  type Parameterization,
  type RequiredPackage,
} from "./packageManifest";

/** The resource plugins that a program's installed packages ask for, each name and version once. */
export async function requiredPackages(programDirectory: string): Promise<RequiredPackage[]> {
  const required = (await installedPackages(programDirectory)).flatMap(({ manifest }) => {
    const found = requiredPackage(manifest);
    return found ? [found] : [];
  });
  return [...new Map(required.map((found) => [identity(found), found])).values()];
}

/** A parameterized package shares its plugin's name and version with others and is known by its own. */
function identity({ name, version, parameterization, extension }: RequiredPackage): string {
  return JSON.stringify([name, version, parameterization, extension]);
}

export interface Dependency {
  readonly name: string;
  readonly version: string;
}

/** The packages that a program depends on, with the versions that are installed. */
export async function programDependencies(
  programDirectory: string,
  transitive: boolean,
): Promise<Dependency[]> {
  const installed = await installedPackages(programDirectory);
  const wanted = transitive ? undefined : await directDependencies(programDirectory);
  const dependencies = installed.flatMap(({ manifest: { name, version } }: InstalledPackage) =>
    name && version && wanted?.has(name) !== false ? [{ name, version }] : [],
  );
  return [...new Map(dependencies.map((found) => [`${found.name}@${found.version}`, found])).values()].sort(
    (a, b) => (a.name < b.name ? -1 : 1),
  );
}

async function directDependencies(programDirectory: string): Promise<Set<string>> {
  const root = await packageRoot(programDirectory);
  const manifest = root === undefined ? undefined : await readManifest(root);
  return new Set(Object.keys({ ...manifest?.dependencies, ...manifest?.devDependencies }));
}

export function packagesResponse(required: readonly RequiredPackage[]): language.GetRequiredPackagesResponse {
  const response = new language.GetRequiredPackagesResponse();
  response.setPackagesList(
    required.map(({ name, version, server, parameterization, extension }) => {
      const message = new plugin.PackageDependency();
      message.setName(name);
      message.setKind("resource");
      message.setVersion(version);
      message.setServer(server ?? "");
      if (parameterization) message.setParameterization(parameterizationMessage(parameterization));
      if (extension) message.setExtension$(parameterizationMessage(extension));
      return message;
    }),
  );
  return response;
}

function parameterizationMessage({ name, version, value }: Parameterization): plugin.PackageParameterization {
  const message = new plugin.PackageParameterization();
  message.setName(name);
  message.setVersion(version);
  message.setValue(value);
  return message;
}

/** The older form of the same answer, for CLIs that do not ask for packages yet. */
export function pluginsResponse(required: readonly RequiredPackage[]): language.GetRequiredPluginsResponse {
  const response = new language.GetRequiredPluginsResponse();
  response.setPluginsList(
    required.map(({ name, version, server }) => {
      const message = new plugin.PluginDependency();
      message.setName(name);
      message.setKind("resource");
      message.setVersion(version);
      message.setServer(server ?? "");
      return message;
    }),
  );
  return response;
}

export function dependenciesResponse(
  dependencies: readonly Dependency[],
): language.GetProgramDependenciesResponse {
  const response = new language.GetProgramDependenciesResponse();
  response.setDependenciesList(
    dependencies.map(({ name, version }) => {
      const message = new language.DependencyInfo();
      message.setName(name);
      message.setVersion(version);
      return message;
    }),
  );
  return response;
}
