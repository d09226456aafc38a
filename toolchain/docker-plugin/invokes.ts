import type { NetworkInspectInfo } from "dockerode";
import { engineCall, messageOf, oneError, ProviderError } from "./errors";
import { findImage } from "./image/pull";
import { ipamConfigOutputs } from "./network";
import type { OperationContext } from "./resource";
import { type PropertyMap, text, textMap } from "./values";

type Invoke = (args: PropertyMap, context: OperationContext) => Promise<PropertyMap>;

const INVOKES: Readonly<Record<string, Invoke>> = {
  "docker:index/getNetwork:getNetwork": getNetwork,
  "docker:index/getRemoteImage:getRemoteImage": getRemoteImage,
};

export async function invoke(
  token: string,
  args: PropertyMap,
  context: OperationContext,
): Promise<PropertyMap> {
  const call = INVOKES[token];
  if (!call) {
    throw new ProviderError(
      `this stand-in for the docker plugin does not support the function ${token}, the official plugin does; ` +
        `supported here: ${Object.keys(INVOKES).join(", ")}`,
    );
  }
  try {
    return await call(args, context);
  } catch (error) {
    throw new ProviderError(`invoking ${token}: ${oneError(messageOf(error))}`);
  }
}

async function getNetwork(args: PropertyMap, { engine }: OperationContext): Promise<PropertyMap> {
  const inspection = engine.docker.getNetwork(text(args.name)).inspect();
  const info = await engineCall("Could not find docker network", inspection);
  return {
    containers: networkContainers(info),
    driver: info.Driver,
    id: info.Id,
    internal: info.Internal,
    ipamConfigs: ipamConfigOutputs(info),
    name: info.Name,
    options: textMap((info as unknown as PropertyMap).Options),
    scope: info.Scope,
  };
}

function networkContainers(info: NetworkInspectInfo): PropertyMap[] {
  return Object.entries(info.Containers ?? {}).map(([containerId, container]) => ({
    containerId,
    name: container.Name,
    endpointId: container.EndpointID,
    macAddress: container.MacAddress,
    ipv4Address: container.IPv4Address,
    ipv6Address: container.IPv6Address,
  }));
}

async function getRemoteImage(args: PropertyMap, context: OperationContext): Promise<PropertyMap> {
  const name = text(args.name);
  const image = await findImage(name, context);
  if (!image) throw new ProviderError(`did not find docker image '${name}'`);
  const digests = (image.RepoDigests as string[] | null) ?? [];
  const digest = digests.length === 1 ? digests[0] : digests.find((entry) => entry.includes(name));
  return { id: image.Id, name, repoDigest: digest ?? image.Id };
}
