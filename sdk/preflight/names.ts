import type Docker from "dockerode";
import { labelNames } from "../plan/labels";
import type { FarmIssue } from "../schema/farmError";
import { bounded } from "./bounded";

/** Whose names are looked for, and where. */
export interface NamesOnNetwork {
  /** `project/stack`. */
  stack: string;
  farm: string;
  network: string;
  /** The names by the argument that gives each. */
  names: Readonly<Record<string, string>>;
}

/** A container on a network, and the names by which the engine's DNS knows it there. */
export interface NameHolder {
  container: string;
  /** What `container` names; a service of a swarm holds a name for all of its tasks. @default "container" */
  kind?: "container" | "service";
  labels: Readonly<Record<string, string>>;
  names: readonly string[];
}

/**
 * Names that containers of others hold already. What another farm of the same stack holds is the program's
 * own affair: it may be moving an app from one to the other. Pure.
 */
export function nameFaults(
  holders: readonly NameHolder[],
  { stack, farm, network, names }: NamesOnNetwork,
): FarmIssue[] {
  const others = holders.filter(({ labels }) => labels[labelNames.stack] !== stack);
  return Object.entries(names).flatMap(([path, alias]): FarmIssue[] => {
    const holder = others.find((other) => other.names.includes(alias));
    if (holder === undefined) return [];
    const kind = holder.kind ?? "container";
    const { [labelNames.farm]: otherFarm, [labelNames.stack]: otherStack } = holder.labels;
    const owner =
      otherFarm === undefined ? "" : ` of the farm ${otherFarm} (stack ${otherStack ?? "unknown"})`;
    return [
      {
        path,
        code: "conflict",
        message: `the name ${alias} on the network ${network} is held by the ${kind} ${holder.container}${owner}`,
        hint: nameAdvice(farm, alias),
      },
    ];
  });
}

/** What to do about a name that is taken. */
export function nameAdvice(farm: string, alias: string): string {
  return `give it another name, such as alias: "${farm}-${alias}", or use another network`;
}

/** Asks the engine who holds which names on a network; `stack`'s own containers are not looked into. */
export async function nameHolders(docker: Docker, network: string, stack: string): Promise<NameHolder[]> {
  const containers = await bounded(docker.listContainers({ filters: { network: [network] } }), 15);
  const others = containers.filter(({ Labels }) => Labels[labelNames.stack] !== stack);
  return Promise.all(
    others.map(async ({ Id, Names, Labels }) => ({
      container: (Names[0] ?? Id).replace(/^\//, ""),
      labels: Labels,
      names: await namesOf(docker, Id, network),
    })),
  );
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
