import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { ContainerTransform, Orchestrator } from "../args";
import { consoleCommand, consoleRunCommand } from "../plan/consoleCommand";
import { containerLabels, type Owner } from "../plan/labels";
import type { PlatformTraits } from "../platform/platform";
import { endpointOf } from "../reload/engine";

/** What a console needs to know. */
export interface ConsoleSetting {
  image: pulumi.Input<string>;
  network: pulumi.Input<string>;
  owner: Owner;
  traits: PlatformTraits;
  transform: ContainerTransform;
  parent: pulumi.ComponentResource;
}

/** Makes the console's container and gives back the command that opens a shell in it. */
function hostConsole(name: string, setting: ConsoleSetting): pulumi.Output<string> {
  const { image, network, owner, traits, transform, parent } = setting;
  const args: docker.ContainerArgs = {
    image,
    networkMode: network,
    hostname: owner.service,
    entrypoints: [...traits.idleCommand],
    restart: "unless-stopped",
    labels: containerLabels(owner, owner.service, "1"),
    // It holds nothing that a longer stop could save.
    destroyGraceSeconds: 1,
  };
  // It has nothing to lose, and a second one beside it would only confuse.
  const container = new docker.Container(name, transform(args, name), { parent, deleteBeforeReplace: true });
  return pulumi
    .all([container.name, endpointOf(parent)])
    .apply(([containerName, endpoint]) => consoleCommand(containerName, traits.shell, endpoint.host));
}

/** On a swarm none stands by: the command makes one on the node that it is run on, and removes it at its end. */
function swarmConsole(
  _name: string,
  { image, network, traits, parent }: ConsoleSetting,
): pulumi.Output<string> {
  return pulumi.all([image, network, endpointOf(parent)]).apply(([image, network, endpoint]) =>
    // The manager may run another platform than the farm.
    consoleRunCommand({ image, network, shell: traits.shell }, traits.name === "linux" ? endpoint.host : ""),
  );
}

/** What each orchestrator makes of a console: the command that opens a shell in it. */
export const consoles: Record<
  Orchestrator,
  (name: string, setting: ConsoleSetting) => pulumi.Output<string>
> = {
  host: hostConsole,
  swarm: swarmConsole,
};
