import type { DeployedContainer } from "./deployed";
import type { RegisteredResource } from "./mockEngine";
import { revealed } from "./revealed";

/** Whether a resource is a service of a swarm. */
export function isService({ type }: RegisteredResource): boolean {
  return type === "docker:index/service:Service";
}

/** The inputs of a service that are read here. */
interface ServiceInputs {
  endpointSpec: { ports: { targetPort: number; publishedPort: number; protocol: string }[] };
  taskSpec: {
    containerSpec: {
      image: string;
      env?: Record<string, string>;
      labels: { label: string; value: string }[];
    };
    networksAdvanceds: { aliases: string[] }[];
  };
}

/** A task of a service, as its container was asked for. */
export function taskOf(
  { name, inputs }: RegisteredResource,
  containerName: string,
  network: string,
): DeployedContainer {
  const args = revealed(inputs) as Record<string, unknown> & ServiceInputs;
  const { containerSpec, networksAdvanceds } = args.taskSpec;
  return {
    ...{ name, containerName, network, args },
    image: containerSpec.image,
    hostname: networksAdvanceds[0]?.aliases[0] ?? "",
    environment: containerSpec.env ?? {},
    labels: Object.fromEntries(
      containerSpec.labels.flatMap(({ label, value }) =>
        label.startsWith("webfarm.") ? [] : [[label, value]],
      ),
    ),
    ports: args.endpointSpec.ports.map(({ targetPort, publishedPort, protocol }) => ({
      container: targetPort,
      host: publishedPort,
      protocol,
    })),
  };
}
