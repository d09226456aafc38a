import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { engineOf } from "../reload/engine";
import { redact, secretsAmong } from "../reload/redact";
import { waitForTasks } from "../swarm/waitForTasks";
import { messageOf } from "../errorText";
import { beforeEachChange } from "./hooks";
import { known } from "./proxyInputs";

/** What a gate before a swarm's service needs to know. */
export interface TaskGateSetting {
  /** For messages. */
  name: string;
  /** Digest of what its tasks are. */
  spec: pulumi.Output<string>;
  service: docker.Service;
  /** Undefined for one task on each node. */
  replicas?: number;
  stepSeconds: number;
  failureLimit: number;
  placementSeconds: number;
  /** What a task is given in confidence, which its log may hold. */
  secrets: readonly unknown[];
}

/**
 * The gate of a swarm's service: a Stash that changes with what its tasks are and how many there are, and whose hook
 * waits until the swarm has rolled that out. A failed wait leaves its state behind, so the next `up` waits again.
 */
export function taskGate(
  name: string,
  setting: TaskGateSetting,
  parent: pulumi.ComponentResource,
): pulumi.Stash {
  const { spec, service, replicas } = setting;
  const engine = engineOf(parent);
  const wait = async () => {
    const secrets = await secretsAmong(setting.secrets);
    await waitForTasks(await engine(), {
      name: setting.name,
      service: await known(service.id),
      spec: await known(spec),
      ...(replicas === undefined ? {} : { replicas }),
      stepSeconds: setting.stepSeconds,
      failureLimit: setting.failureLimit,
      placementSeconds: setting.placementSeconds,
      log: (line) => void pulumi.log.info(line, parent),
    }).catch((error: unknown) => {
      throw new Error(redact(messageOf(error), secrets));
    });
  };
  return new pulumi.Stash(
    `${name}-healthy`,
    { input: { service: service.name, tasks: replicas ?? "one on each node", spec } },
    { parent, dependsOn: [service], hooks: beforeEachChange(wait) },
  );
}
