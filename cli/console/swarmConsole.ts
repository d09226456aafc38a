import type Docker from "dockerode";
import { consoleRunCommand } from "../../sdk/plan/consoleCommand";
import { bounded } from "../../sdk/preflight/bounded";
import type { Cluster, ClusterService } from "../../sdk/swarm/cluster";
import type { Engine } from "../engine/connection";
import type { FarmContainer } from "../engine/farmContainers";
import { farmServices } from "../engine/farmTasks";
import { CommandError, exitCodes } from "../exitCodes";

/** What a console of a farm on a swarm is made of, and the command that makes it by hand. */
export interface SwarmConsole {
  image: string;
  /** Name of the farm's network. */
  network: string;
  command: string;
}

/**
 * On a swarm no console stands by: one is made in the farm's network when it is asked for, of the proxy's image, which
 * has a shell in any case.
 *
 * @throws CommandError when this engine can run none
 */
export async function swarmConsole(
  { docker, platform, host, traits }: Engine,
  cluster: Cluster,
  { stack, farm }: Pick<FarmContainer, "stack" | "farm">,
): Promise<SwarmConsole> {
  const services = farmServices(cluster, { stack, farm });
  const service = services.find(({ labels }) => labels["webfarm.service"] === "proxy") ?? services[0];
  const network = service === undefined ? "" : await networkName(docker, service);
  const image = service?.image.replace(/@sha256:\w+$/, "") ?? "";
  const wanted = (service === undefined ? undefined : platformOf(service)) ?? platform;
  const parts = { image, network, shell: traits.shell };
  if (wanted === platform) return { image, network, command: consoleRunCommand(parts, host) };
  throw new CommandError(
    `this engine runs ${platform} containers, the farm's are ${wanted} ones`,
    `on a ${wanted} node: ${consoleRunCommand({ ...parts, shell: wanted === "windows" ? "cmd" : "sh" }, "")}`,
    exitCodes.found,
  );
}

/** The platform that a service's placement asks for. */
function platformOf({ constraints }: ClusterService): string | undefined {
  return constraints.map((text) => /^node\.platform\.os\s*==\s*(\w+)$/.exec(text)?.[1]).find((os) => os);
}

async function networkName(docker: Docker, { networks: [id = ""] }: ClusterService): Promise<string> {
  const { Name } = (await bounded(docker.getNetwork(id).inspect(), 15)) as { Name: string };
  return Name;
}

/** A replica on another node cannot be entered from here. */
export function elsewhere({ replica, id, task }: FarmContainer, shell: string): CommandError {
  return new CommandError(
    `${replica} runs on ${task?.node ?? ""}, and only the engine there can enter it`,
    `there: docker exec -it ${id.slice(0, 12)} ${shell}`,
    exitCodes.found,
  );
}
