import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { variableOf } from "../plan/environment";
import { withoutUndefined } from "../plan/withoutUndefined";
import { isDeferred } from "../schema/fields";
import { canonicalDuration } from "./duration";

type ContainerSpec = docker.types.input.ServiceTaskSpecContainerSpec;
type TaskSpec = docker.types.input.ServiceTaskSpec;

/** What a task is, but for the network that it is in and the nodes that it may run on. */
export interface TaskTemplate extends Pick<TaskSpec, "resources" | "restartPolicy" | "logDriver"> {
  containerSpec: ContainerSpec;
}

/**
 * A container's arguments as a swarm's service has them. What services do not have is refused before, by
 * `taskFindings`. Values that are not known yet stay so, and secrets stay secret.
 */
export function taskTemplate(args: docker.ContainerArgs): TaskTemplate {
  return withoutUndefined({
    containerSpec: withoutUndefined({
      image: args.image,
      commands: args.entrypoints,
      args: args.command,
      dir: args.workingDir,
      user: args.user,
      hostname: args.hostname,
      env: changed(args.envs, variables),
      labels: args.labels,
      mounts: mountsOf(args),
      healthcheck: changed(args.healthcheck, healthcheckOf),
      stopGracePeriod: changed(args.destroyGraceSeconds, (seconds) => canonicalDuration(`${seconds}s`)),
      stopSignal: args.stopSignal,
      init: args.init,
      readOnly: args.readOnly,
      groups: args.groupAdds,
      hosts: args.hosts,
      sysctl: args.sysctls,
      capAdds: changed(args.capabilities, ({ adds }) => adds ?? []),
      capDrops: changed(args.capabilities, ({ drops }) => drops ?? []),
      dnsConfig: dnsOf(args),
      privileges: changed(args.securityOpts, privilegesOf),
    }) as ContainerSpec,
    resources: resourcesOf(args),
    restartPolicy: restartPolicyOf(args),
    logDriver:
      args.logDriver === undefined
        ? undefined
        : withoutUndefined({ name: args.logDriver, options: args.logOpts }),
  }) as TaskTemplate;
}

type ContainerCheck = docker.types.input.ContainerHealthcheck;

/** Services have no interval of their own for the start. */
function healthcheckOf({ tests, interval, timeout, startPeriod, retries }: ContainerCheck) {
  return withoutUndefined({
    ...{ tests, retries },
    interval: changed(interval, canonicalDuration),
    timeout: changed(timeout, canonicalDuration),
    startPeriod: changed(startPeriod, canonicalDuration),
  });
}

/** In a map, as services have them: only the values are secret, and a preview shows which one changes. */
function variables(entries: pulumi.Input<string>[]): pulumi.Input<Record<string, pulumi.Input<string>>> {
  const known = entries.map(variableOf);
  if (known.every((variable) => variable !== undefined)) {
    return Object.fromEntries(known.map(({ name, value }) => [name, value]));
  }
  return pulumi.all(entries).apply((texts) => variables(texts) as Record<string, string>);
}

function mountsOf({ volumes, mounts }: docker.ContainerArgs): ContainerSpec["mounts"] {
  if (volumes === undefined && mounts === undefined) return undefined;
  const ofVolumes = changed(volumes, (list) =>
    list.map((volume) =>
      changed(volume, ({ hostPath, volumeName, containerPath, readOnly }) =>
        withoutUndefined({
          type: hostPath === undefined ? "volume" : "bind",
          source: hostPath ?? volumeName,
          target: containerPath ?? "",
          readOnly,
        }),
      ),
    ),
  );
  if (mounts === undefined) return ofVolumes as ContainerSpec["mounts"];
  if (volumes === undefined) return mounts;
  return pulumi.all([ofVolumes, mounts]).apply(([one, other]) => [...(one ?? []), ...(other ?? [])] as never);
}

function dnsOf({ dns, dnsOpts, dnsSearches }: docker.ContainerArgs): ContainerSpec["dnsConfig"] {
  if (dns === undefined && dnsOpts === undefined && dnsSearches === undefined) return undefined;
  return withoutUndefined({ nameservers: dns ?? [], options: dnsOpts, searches: dnsSearches }) as never;
}

/** The form in which engines take a credential spec among security options, and services by itself. */
export const credentialSpec = /^credentialspec[=:](file|registry):\/\/(.+)$/i;

function privilegesOf(options: pulumi.Input<string>[]): ContainerSpec["privileges"] {
  return pulumi.all(options).apply((texts) => {
    const [, kind, value] = texts.map((text) => credentialSpec.exec(text)).find((match) => match) ?? [];
    if (kind === undefined || value === undefined) return undefined;
    return { credentialSpec: kind.toLowerCase() === "file" ? { file: value } : { registry: value } };
  });
}

const mebibyte = 1024 * 1024;
const nanosecondsPerSecond = 1e9;

function resourcesOf({ memory, cpus }: docker.ContainerArgs): TaskSpec["resources"] {
  if (memory === undefined && cpus === undefined) return undefined;
  return {
    limits: withoutUndefined({
      memoryBytes: changed(memory, (mebibytes) => mebibytes * mebibyte),
      nanoCpus: changed(cpus, (count) => Math.round(Number(count) * nanosecondsPerSecond)),
    }) as NonNullable<docker.types.input.ServiceTaskSpecResourcesLimits>,
  };
}

/** A swarm keeps what should run running; it knows no container that a person has stopped. */
const conditions: Readonly<Record<string, string>> = { no: "none", "on-failure": "on-failure" };

function restartPolicyOf({ restart, maxRetryCount }: docker.ContainerArgs): TaskSpec["restartPolicy"] {
  return withoutUndefined({
    condition: changed(restart, (policy) => conditions[policy] ?? "any"),
    // Left out, both would be a difference in every preview. A second keeps a task that dies at once from taking
    // all of a node.
    delay: "1s",
    window: "0s",
    maxAttempts: maxRetryCount,
  });
}

/** What a change makes of a value: now, or once the value is known. */
function changed<T, U>(
  input: pulumi.Input<T | undefined> | undefined,
  change: (value: T) => U,
): pulumi.Input<U> | undefined {
  if (input === undefined) return undefined;
  if (!isDeferred(input)) return change(input as T);
  return pulumi
    .output(input)
    .apply((value) => (value === undefined ? undefined : change(value as T))) as unknown as pulumi.Input<U>;
}
