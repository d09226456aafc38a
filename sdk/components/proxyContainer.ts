import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { containerLabels } from "../plan/labels";
import { proxyPort, publishedPorts } from "../proxy/ports";
import { healthcheckArgs } from "./containerArgs";
import type { ProxySetting } from "./proxyInputs";

/** What a proxy's container is, whoever runs it. */
export function proxyContainerArgs(
  { args, owner, traits, paths, release, network, stopSeconds }: ProxySetting,
  image: pulumi.Input<string>,
  entrypoints: string[],
): docker.ContainerArgs {
  const { stopSignal } = paths;
  const times = traits.checkTimes;
  const tests = traits.probe({ kind: "http", port: proxyPort, path: "/_webfarm/health" }, release);
  return {
    image,
    networkMode: network,
    hostname: owner.service,
    entrypoints,
    ports: publishedPorts(args),
    // An engine on Linux that was killed forgets at its next start that an `unless-stopped` container ran.
    restart: "always",
    healthcheck: healthcheckArgs({ tests, ...times, retries: 3 }),
    labels: containerLabels(owner, owner.service, "1"),
    destroyGraceSeconds: stopSeconds,
    ...(stopSignal === undefined ? {} : { stopSignal }),
  };
}
