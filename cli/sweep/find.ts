import type Docker from "dockerode";
import { deploymentLabel, labelNames } from "../../sdk/plan/labels";
import { bounded } from "../../sdk/preflight/bounded";
import type { Cluster } from "../../sdk/swarm/cluster";
import { farmContainers, isStack, type FarmFilter } from "../engine/farmContainers";
import { farmServices } from "../engine/farmTasks";
import type { FarmMember, FarmShared } from "./plan";

/** What runs of farms: containers of this host, services of its swarm. A swarm's tasks come and go with these. */
export async function farmMembers(
  docker: Docker,
  cluster: Cluster,
  filter: FarmFilter,
): Promise<FarmMember[]> {
  const containers = (await farmContainers(docker, filter)).map((container): FarmMember => {
    const { id, name, stack, farm, deployment, created, image, since } = container;
    const description = `${image}, ${since}`;
    return { kind: "container", id, name, stack, farm, deployment, created, description };
  });
  const services = farmServices(cluster, filter).map((service): FarmMember => {
    const { id, name, labels, image, replicas, created } = service;
    return {
      ...{ kind: "service", id, name, created },
      ...ownerOf(labels),
      deployment: labels[deploymentLabel] ?? "",
      description: `${image}, ${replicas === undefined ? "on each node" : `${replicas} tasks`}`,
    };
  });
  return [...containers, ...services];
}

/** What members of farms use, and by how many of them it is used. */
export async function farmShared(
  docker: Docker,
  cluster: Cluster,
  filter: FarmFilter,
): Promise<FarmShared[]> {
  const filters = { label: [labelNames.farm] };
  const networks = await bounded(docker.listNetworks({ filters }), 30);
  const found = await Promise.all(
    networks.map(async ({ Id, Name, Labels }): Promise<FarmShared> => {
      const users = usersOf(cluster, Id) + (await containersIn(docker, cluster, Id));
      return { kind: "network", id: Id, name: Name, ...ownerOf(Labels ?? {}), users };
    }),
  );
  const answering = cluster.manager && cluster.noQuorum === undefined;
  const [configs, secrets] = answering
    ? await bounded(Promise.all([docker.listConfigs({ filters }), docker.listSecrets({ filters })]), 30)
    : [[], []];
  const file = (kind: "config" | "secret", { ID, Spec }: SwarmFile): FarmShared => {
    return {
      kind,
      id: ID,
      name: Spec?.Name ?? ID,
      ...ownerOf(Spec?.Labels ?? {}),
      users: usersOf(cluster, ID),
    };
  };
  return [
    ...found,
    ...(configs as SwarmFile[]).map((config) => file("config", config)),
    ...(secrets as SwarmFile[]).map((secret) => file("secret", secret)),
  ].filter(
    ({ stack, farm }) => isStack(stack, filter.stack) && (filter.farm === undefined || farm === filter.farm),
  );
}

/** A config or secret in the engine's words. */
interface SwarmFile {
  ID: string;
  Spec?: { Name?: string; Labels?: Record<string, string> };
}

function ownerOf(labels: Readonly<Record<string, string>>): { stack: string; farm: string } {
  return { stack: labels[labelNames.stack] ?? "", farm: labels[labelNames.farm] ?? "" };
}

/** How many services use a network, config or secret. */
function usersOf({ services }: Cluster, id: string): number {
  return services.filter(({ networks, configs, secrets }) =>
    [...networks, ...configs, ...secrets].includes(id),
  ).length;
}

/** Containers in a network that are no tasks: a service counts once, and an overlay network's own parts do not. */
async function containersIn(docker: Docker, { tasks }: Cluster, id: string): Promise<number> {
  const { Containers } = (await bounded(docker.getNetwork(id).inspect(), 30)) as {
    Containers?: object | null;
  };
  const ofTasks = new Set(tasks.map(({ container }) => container));
  return Object.keys(Containers ?? {}).filter((name) => !name.startsWith("lb-") && !ofTasks.has(name)).length;
}
