import type Docker from "dockerode";
import { stackLabel } from "../components/placement";
import { labelNames } from "../plan/labels";
import type { FarmIssue } from "../schema/farmError";
import { bounded } from "./bounded";
import type { PreflightArgs } from "./preflight";

/**
 * Names that others on the farm's network hold already. The engine's DNS would mix their containers with the
 * farm's own, without a word: on Windows all farms of a host are on `nat`.
 */
export async function aliasIssues(
  docker: Docker,
  { farm, network }: Pick<PreflightArgs, "farm" | "network">,
): Promise<FarmIssue[]> {
  if (network === undefined) return [];
  const filters = { network: [network.name] };
  const containers = await bounded(docker.listContainers({ filters }), 15);
  const others = containers.filter(
    ({ Labels }) => Labels[labelNames.stack] !== stackLabel() || Labels[labelNames.farm] !== farm,
  );
  const names = await Promise.all(others.map(({ Id }) => namesOf(docker, Id, network.name)));
  return Object.entries(network.aliases).flatMap(([path, alias]): FarmIssue[] => {
    const holder = others.find((_, index) => names[index]?.includes(alias));
    if (holder === undefined) return [];
    const { [labelNames.farm]: otherFarm, [labelNames.stack]: otherStack } = holder.Labels;
    const name = (holder.Names[0] ?? holder.Id).replace(/^\//, "");
    const owner =
      otherFarm === undefined ? "" : ` of the farm ${otherFarm} (stack ${otherStack ?? "unknown"})`;
    return [
      {
        path,
        code: "conflict",
        message: `the name ${alias} on the network ${network.name} is held by the container ${name}${owner}`,
        hint: `give the app another alias, such as alias: "${farm}-${alias}", or another network`,
      },
    ];
  });
}

/** The names by which the engine's DNS knows a container; one that went away meanwhile has none. */
async function namesOf(docker: Docker, id: string, network: string): Promise<string[]> {
  try {
    const { Name, Config, NetworkSettings } = await bounded(docker.getContainer(id).inspect(), 15);
    const aliases = (NetworkSettings.Networks[network]?.Aliases ?? []) as string[];
    return [Name.replace(/^\//, ""), Config.Hostname, ...aliases];
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return [];
    throw error;
  }
}
