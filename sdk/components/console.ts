import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { ContainerTransform } from "../args";
import { consoleCommand } from "../plan/consoleCommand";
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
export function farmConsole(name: string, setting: ConsoleSetting): pulumi.Output<string> {
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
