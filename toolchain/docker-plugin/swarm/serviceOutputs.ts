import { formatDuration } from "../container/duration";
import { labelOutputs } from "../network";
import { type PropertyMap, type Value, isObject, isUnset, number, objects, text, texts } from "../values";

/** What the engine says about a service, as outputs. `known` is what was planned or last known. */
export function serviceOutputs(info: PropertyMap, known: PropertyMap): PropertyMap {
  const spec = part(info.Spec);
  const knownTask = part(known.taskSpec);
  return {
    id: text(info.ID),
    name: text(spec.Name),
    labels: labelOutputs(spec.Labels),
    mode: mode(part(spec.Mode)),
    taskSpec: taskSpec(part(spec.TaskTemplate), objects(knownTask.networksAdvanceds)),
    updateConfig: updateConfig(spec.UpdateConfig),
    rollbackConfig: updateConfig(spec.RollbackConfig),
    endpointSpec: endpointSpec(info),
  };
}

function taskSpec(task: PropertyMap, knownNetworks: readonly PropertyMap[]): PropertyMap {
  const resources = part(task.Resources);
  const policy = task.RestartPolicy;
  const placement = part(task.Placement);
  const driver = task.LogDriver;
  return {
    containerSpec: containerSpec(part(task.ContainerSpec)),
    forceUpdate: number(task.ForceUpdate),
    logDriver: isObject(driver) ? { name: text(driver.Name), options: map(driver.Options) } : null,
    networksAdvanceds: objects(task.Networks).map((network) => networkOutputs(network, knownNetworks)),
    placement: {
      constraints: texts(placement.Constraints),
      maxReplicas: number(placement.MaxReplicas),
      platforms: objects(placement.Platforms).map(({ Architecture, OS }) => ({
        architecture: text(Architecture),
        os: text(OS),
      })),
      prefs: objects(placement.Preferences).map(({ Spread }) => text(part(Spread).SpreadDescriptor)),
    },
    resources: {
      limits: amounts(resources.Limits),
      reservation: isObject(resources.Reservations)
        ? { ...amounts(resources.Reservations), genericResources: null }
        : null,
    },
    restartPolicy: isObject(policy)
      ? {
          condition: text(policy.Condition),
          delay: duration(policy.Delay),
          maxAttempts: number(policy.MaxAttempts),
          window: duration(policy.Window),
        }
      : null,
    runtime: text(task.Runtime),
  };
}

function containerSpec(container: PropertyMap): PropertyMap {
  const dns = container.DNSConfig;
  const check = container.Healthcheck;
  return {
    args: list(container.Args),
    capAdds: list(container.CapabilityAdd),
    capDrops: list(container.CapabilityDrop),
    commands: list(container.Command),
    configs: objects(container.Configs).map((config) => ({
      configId: text(config.ConfigID),
      configName: text(config.ConfigName),
      ...fileOutputs(config),
    })),
    dir: text(container.Dir),
    dnsConfig: isObject(dns)
      ? { nameservers: list(dns.Nameservers), options: list(dns.Options), searches: list(dns.Search) }
      : null,
    env: environment(container.Env),
    groups: list(container.Groups),
    healthcheck: isObject(check)
      ? {
          interval: duration(check.Interval),
          retries: number(check.Retries),
          startPeriod: duration(check.StartPeriod),
          tests: list(check.Test),
          timeout: duration(check.Timeout),
        }
      : null,
    hostname: text(container.Hostname),
    hosts: texts(container.Hosts).map((entry) => {
      const [ip = "", host = ""] = entry.split(" ");
      return { host, ip };
    }),
    image: text(container.Image),
    init: container.Init === true,
    isolation: text(container.Isolation),
    labels: labelOutputs(container.Labels),
    mounts: objects(container.Mounts).map(mountOutputs),
    privileges: null,
    readOnly: container.ReadOnly === true,
    secrets: objects(container.Secrets).map((secret) => ({
      secretId: text(secret.SecretID),
      secretName: text(secret.SecretName),
      ...fileOutputs(secret),
    })),
    stopGracePeriod: duration(container.StopGracePeriod),
    stopSignal: text(container.StopSignal),
    sysctl: map(container.Sysctls),
    user: text(container.User),
  };
}

/** The official plugin keeps a network's `name` where the program gave it instead of the `id`. */
function networkOutputs(network: PropertyMap, known: readonly PropertyMap[]): PropertyMap {
  const target = text(network.Target);
  const isByName = known.some(({ id, name }) => isUnset(id) && name === target);
  const options = Object.entries(part(network.DriverOpts)).map(([key, value]) => `${key}=${text(value)}`);
  return {
    aliases: texts(network.Aliases),
    driverOpts: options,
    id: isByName ? "" : target,
    name: isByName ? target : "",
  };
}

function fileOutputs(reference: PropertyMap): PropertyMap {
  const file = part(reference.File);
  return {
    fileGid: text(file.GID),
    fileMode: number(file.Mode),
    fileName: text(file.Name),
    fileUid: text(file.UID),
  };
}

function mountOutputs(mount: PropertyMap): PropertyMap {
  const { BindOptions: bind, VolumeOptions: volume, TmpfsOptions: tmpfs } = mount;
  const driver = isObject(volume) ? part(volume.DriverConfig) : {};
  return {
    target: text(mount.Target),
    source: text(mount.Source),
    type: text(mount.Type),
    readOnly: mount.ReadOnly === true,
    bindOptions: isObject(bind) ? { propagation: text(bind.Propagation) } : null,
    volumeOptions: isObject(volume)
      ? {
          noCopy: volume.NoCopy === true,
          labels: labelOutputs(volume.Labels),
          driverName: text(driver.Name),
          driverOptions: map(driver.Options),
        }
      : null,
    tmpfsOptions: isObject(tmpfs) ? { sizeBytes: number(tmpfs.SizeBytes), mode: number(tmpfs.Mode) } : null,
  };
}

function amounts(given: Value | undefined): PropertyMap | null {
  if (!isObject(given)) return null;
  return { memoryBytes: number(given.MemoryBytes), nanoCpus: number(given.NanoCPUs) };
}

function mode({ Global, Replicated }: PropertyMap): PropertyMap {
  return {
    global: isObject(Global),
    replicated: isObject(Replicated) ? { replicas: number(Replicated.Replicas) } : null,
  };
}

function updateConfig(config: Value | undefined): PropertyMap | null {
  if (!isObject(config)) return null;
  return {
    delay: duration(config.Delay),
    failureAction: text(config.FailureAction),
    maxFailureRatio: number(config.MaxFailureRatio).toFixed(1),
    monitor: duration(config.Monitor),
    order: text(config.Order),
    parallelism: number(config.Parallelism),
  };
}

/** The endpoint as the swarm made it; as it was asked for until then, and with `dnsrr` always. */
function endpointSpec(info: PropertyMap): PropertyMap {
  const endpoint = part(info.Endpoint);
  const asked = part(part(info.Spec).EndpointSpec);
  // The swarm makes nothing of an endpoint without a virtual address, and may still tell of the ports before.
  const isMade = !isUnset(part(endpoint.Spec).Mode) && asked.Mode !== "dnsrr";
  return {
    mode: isMade ? text(part(endpoint.Spec).Mode) : text(asked.Mode),
    ports: objects(isMade ? endpoint.Ports : asked.Ports).map((port) => ({
      name: text(port.Name),
      protocol: text(port.Protocol),
      publishMode: text(port.PublishMode),
      publishedPort: number(port.PublishedPort),
      targetPort: number(port.TargetPort),
    })),
  };
}

/** Go's text without trailing zeros: `1m0s` -> `1m`. A program that says `60s` sees a difference for ever. */
function duration(value: Value | undefined): string {
  return formatDuration(number(value)).replace(/m0s$/, "m").replace(/h0m$/, "h");
}

function environment(value: Value | undefined): PropertyMap | null {
  const entries = texts(value).map((entry): [string, string] => {
    const [name = "", ...rest] = entry.split("=");
    return [name, rest.join("=")];
  });
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

/** Lists and maps that are not set are null in a block, sets are empty. */
function list(value: Value | undefined): string[] | null {
  return isUnset(value) ? null : texts(value);
}

function map(value: Value | undefined): PropertyMap | null {
  return isObject(value) && !isUnset(value) ? value : null;
}

function part(value: Value | undefined): PropertyMap {
  return isObject(value) ? value : {};
}
