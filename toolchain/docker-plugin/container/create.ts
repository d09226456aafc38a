import type { Container, ContainerCreateOptions } from "dockerode";
import { engineCall, engineMessage, hasStatus, messageOf, ProviderError } from "../errors";
import { ensureImage } from "../image/pull";
import { HalfCreatedError, type OperationContext } from "../resource";
import { poll } from "../timing";
import { type PropertyMap, flag, isUnset, number, objects, text, texts } from "../values";
import { createBody } from "./createBody";
import { uploadArchive } from "./uploads";

const HEALTH_INTERVAL_MS = 200;

/** Creates, connects, fills and starts a container; answers its id. */
export async function createContainer(inputs: PropertyMap, context: OperationContext): Promise<string> {
  const { engine } = context;
  const image = text(inputs.image);
  try {
    await ensureImage(image, text(inputs.platform), context);
  } catch (error) {
    throw new ProviderError(`Unable to create container with image ${image}: ${messageOf(error)}`);
  }
  const platform = text(inputs.platform);
  const container = await engineCall(
    "Unable to create container",
    engine.docker.createContainer({
      // The client library takes query and body apart only under these names.
      _query: { name: text(inputs.name), ...(platform !== "" && { platform }) },
      _body: createBody(inputs),
    } as ContainerCreateOptions),
  );
  try {
    await connectNetworks(container, inputs, context);
    for (const upload of objects(inputs.uploads)) {
      const archive = await uploadArchive(upload);
      await engineCall("Unable to upload volume content", container.putArchive(archive, { path: "/" }));
    }
    if (flag(inputs.start)) await engineCall("Unable to start container", container.start());
    if (flag(inputs.start) && flag(inputs.wait)) await waitUntilHealthy(container, inputs, context);
  } catch (error) {
    throw new HalfCreatedError(messageOf(error), container.id);
  }
  return container.id;
}

async function connectNetworks(
  container: Container,
  inputs: PropertyMap,
  context: OperationContext,
): Promise<void> {
  const { docker } = context.engine;
  const networks = objects(inputs.networksAdvanced);
  if (networks.length === 0) return;
  // The networks that are listed take the place of the default one.
  try {
    await docker.getNetwork("bridge").disconnect({ Container: container.id });
  } catch (error) {
    const wasNotConnected =
      hasStatus(error, 404) || messageOf(error).includes("is not connected to the network");
    if (!wasNotConnected) {
      throw new ProviderError(`Unable to disconnect the default network: ${engineMessage(error)}`);
    }
  }
  for (const network of networks) {
    const name = text(network.name);
    await engineCall(
      `Unable to connect to network '${name}'`,
      docker.getNetwork(name).connect({ Container: container.id, EndpointConfig: endpoint(network) }),
    );
  }
}

function endpoint(network: PropertyMap): object {
  const settings = {
    Aliases: texts(network.aliases),
    DriverOpts: Object.fromEntries(
      texts(network.driverOpts).map((option) => {
        const [key = "", ...value] = option.split("=");
        return [key, value.join("=")];
      }),
    ),
    GwPriority: number(network.gwPriority),
    MacAddress: text(network.macAddress),
    IPAMConfig: {
      IPv4Address: text(network.ipv4Address),
      IPv6Address: text(network.ipv6Address),
      LinkLocalIPs: texts(network.linkLocalIps),
    },
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => !isUnset(value)));
}

async function waitUntilHealthy(
  container: Container,
  inputs: PropertyMap,
  context: OperationContext,
): Promise<void> {
  const seconds = number(inputs.waitTimeout);
  const isHealthy = await poll(
    async () => {
      const { State } = await engineCall("Unable to inspect container", container.inspect());
      if (!State.Health) {
        throw new ProviderError(
          "`wait` is set, but neither the container nor its image has a health check; " +
            "give it a `healthcheck` or leave `wait` out",
        );
      }
      return State.Health.Status === "healthy" ? true : undefined;
    },
    { intervalMs: HEALTH_INTERVAL_MS, timeoutMs: seconds * 1000, signal: context.signal },
  );
  if (isHealthy) return;
  context.log(
    "warning",
    `not healthy after ${seconds} s (waitTimeout); its last check: ${await lastCheck(container)}`,
  );
  throw new ProviderError("container failed to be in healthy state");
}

async function lastCheck(container: Container): Promise<string> {
  const { State } = await container.inspect();
  const last = State.Health?.Log.at(-1);
  return last ? `exit code ${last.ExitCode}, ${JSON.stringify(last.Output.trim())}` : "none has ended yet";
}
