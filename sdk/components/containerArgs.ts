import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { CheckPlan, ReplicaPlan } from "../plan/servicePlan";
import { withoutUndefined } from "../plan/withoutUndefined";

/** A replica's plan as the docker plugin wants it. */
export function replicaContainerArgs(plan: ReplicaPlan, network: pulumi.Input<string>): docker.ContainerArgs {
  return withoutUndefined({
    image: plan.image,
    // No name: each creation gets a fresh one, so two generations can stand side by side.
    networkMode: network,
    // Registers the shared name; networksAdvanced aliases are dropped beside networkMode.
    hostname: plan.hostname,
    envs: plan.environment,
    command: plan.command,
    entrypoints: plan.entrypoint,
    workingDir: plan.workingDir,
    user: plan.user,
    ports: plan.ports.map(({ container, host, protocol }) =>
      withoutUndefined({ internal: container, external: host, protocol }),
    ),
    volumes: plan.mounts.map(({ hostPath, volume, containerPath, readOnly }) =>
      withoutUndefined({ hostPath, volumeName: volume, containerPath, readOnly }),
    ),
    restart: plan.restart,
    memory: plan.memoryMb,
    memorySwap: plan.memorySwapMb,
    cpus: plan.cpus?.toString(),
    healthcheck: plan.check === undefined ? undefined : healthcheckArgs(plan.check),
    labels: plan.labels,
    // Without it the plugin kills the container at once when it deletes it.
    destroyGraceSeconds: plan.stopGraceSeconds,
  });
}

/** A health check as the docker plugin wants it. */
export function healthcheckArgs(check: CheckPlan) {
  return {
    tests: check.tests,
    interval: `${check.intervalSeconds}s`,
    timeout: `${check.timeoutSeconds}s`,
    retries: check.retries,
    startPeriod: `${check.startPeriodSeconds}s`,
  };
}
