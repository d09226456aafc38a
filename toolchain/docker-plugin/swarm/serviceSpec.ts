import { healthcheck, labelMap, mount, withoutUnset } from "../container/createBody";
import { parseDuration } from "../container/duration";
import {
  type PropertyMap,
  type Value,
  flag,
  isObject,
  isUnset,
  number,
  objects,
  text,
  textMap,
  texts,
} from "../values";

/**
 * The specification of a service in the engine's form, as the official plugin sends it: what says nothing is
 * left out, but for what it always sends (Init, Isolation, an empty DNSConfig, a grace period of 0).
 */
export function serviceSpec(properties: PropertyMap): PropertyMap {
  return {
    Name: text(properties.name),
    Labels: labelMap(properties.labels),
    TaskTemplate: taskTemplate(part(properties.taskSpec)),
    Mode: mode(part(properties.mode)),
    ...(isObject(properties.updateConfig) && { UpdateConfig: updateConfig(properties.updateConfig) }),
    ...(isObject(properties.rollbackConfig) && { RollbackConfig: updateConfig(properties.rollbackConfig) }),
    EndpointSpec: endpointSpec(part(properties.endpointSpec)),
  };
}

function taskTemplate(task: PropertyMap): PropertyMap {
  const { logDriver } = task;
  return {
    ContainerSpec: containerSpec(part(task.containerSpec)),
    Resources: resources(part(task.resources)),
    RestartPolicy: restartPolicy(part(task.restartPolicy)),
    Placement: placement(part(task.placement)),
    ForceUpdate: number(task.forceUpdate),
    ...(!isUnset(task.runtime) && { Runtime: text(task.runtime) }),
    Networks: objects(task.networksAdvanceds).map((network) => ({
      Target: text(network.id) || text(network.name),
      Aliases: texts(network.aliases),
      DriverOpts: assignments(network.driverOpts),
    })),
    ...(isObject(logDriver) && {
      LogDriver: { Name: text(logDriver.name), Options: textMap(logDriver.options) },
    }),
  };
}

function containerSpec(container: PropertyMap): PropertyMap {
  const settings = withoutUnset({
    Image: withTag(text(container.image)),
    Labels: labelMap(container.labels),
    Command: texts(container.commands),
    Args: texts(container.args),
    Hostname: text(container.hostname),
    Env: Object.entries(textMap(container.env))
      .map(([name, value]) => `${name}=${value}`)
      .sort(),
    Dir: text(container.dir),
    User: text(container.user),
    Groups: texts(container.groups),
    ReadOnly: flag(container.readOnly),
    Mounts: objects(container.mounts).map(mount),
    StopSignal: text(container.stopSignal),
    Healthcheck: isObject(container.healthcheck) ? healthcheck(container.healthcheck) : undefined,
    Hosts: objects(container.hosts).map(({ host, ip }) => `${text(ip)} ${text(host)}`),
    Secrets: objects(container.secrets).map((secret) => ({
      SecretID: text(secret.secretId),
      SecretName: text(secret.secretName),
      File: fileTarget(secret),
    })),
    Configs: objects(container.configs).map((config) => ({
      ConfigID: text(config.configId),
      ConfigName: text(config.configName),
      File: fileTarget(config),
    })),
    Sysctls: textMap(container.sysctl),
    CapabilityAdd: texts(container.capAdds),
    CapabilityDrop: texts(container.capDrops),
  }) as PropertyMap;
  const dns = part(container.dnsConfig);
  return {
    ...settings,
    DNSConfig: {
      Nameservers: texts(dns.nameservers),
      Search: texts(dns.searches),
      Options: texts(dns.options),
    },
    Init: flag(container.init),
    Isolation: text(container.isolation) || "default",
    StopGracePeriod: nanoseconds(container.stopGracePeriod),
  };
}

/** Docker's clients add the tag that stands for none. */
function withTag(image: string): string {
  const last = image.slice(image.lastIndexOf("/") + 1);
  return image === "" || /[:@]/.test(last) ? image : `${image}:latest`;
}

function fileTarget(reference: PropertyMap): PropertyMap {
  return {
    Name: text(reference.fileName),
    UID: text(reference.fileUid),
    GID: text(reference.fileGid),
    Mode: number(reference.fileMode),
  };
}

function resources({ limits, reservation }: PropertyMap): PropertyMap {
  const amounts = (given: PropertyMap): PropertyMap => ({
    NanoCPUs: number(given.nanoCpus),
    MemoryBytes: number(given.memoryBytes),
  });
  return {
    ...(isObject(limits) && { Limits: amounts(limits) }),
    ...(isObject(reservation) && { Reservations: amounts(reservation) }),
  };
}

/** The engine has defaults of its own for a policy that is not given at all, and none for parts of one. */
function restartPolicy(policy: PropertyMap): PropertyMap {
  if (isUnset(policy)) return {};
  return {
    ...(!isUnset(policy.condition) && { Condition: text(policy.condition) }),
    Delay: nanoseconds(policy.delay),
    MaxAttempts: number(policy.maxAttempts),
    Window: nanoseconds(policy.window),
  };
}

function placement(given: PropertyMap): PropertyMap {
  return {
    Constraints: texts(given.constraints),
    Preferences: texts(given.prefs).map((descriptor) => ({ Spread: { SpreadDescriptor: descriptor } })),
    Platforms: objects(given.platforms).map(({ architecture, os }) => ({
      Architecture: text(architecture),
      OS: text(os),
    })),
    MaxReplicas: number(given.maxReplicas),
  };
}

function mode({ global, replicated }: PropertyMap): PropertyMap {
  if (flag(global)) return { Global: {} };
  return isObject(replicated) ? { Replicated: { Replicas: number(replicated.replicas) } } : {};
}

function updateConfig(config: PropertyMap): PropertyMap {
  return {
    Parallelism: number(config.parallelism),
    Delay: nanoseconds(config.delay),
    FailureAction: text(config.failureAction),
    Monitor: nanoseconds(config.monitor),
    MaxFailureRatio: Number(text(config.maxFailureRatio)),
    Order: text(config.order),
  };
}

function endpointSpec(endpoint: PropertyMap): PropertyMap {
  return {
    ...(!isUnset(endpoint.mode) && { Mode: text(endpoint.mode) }),
    Ports: objects(endpoint.ports).map((port) => ({
      ...(!isUnset(port.name) && { Name: text(port.name) }),
      Protocol: text(port.protocol),
      TargetPort: number(port.targetPort),
      ...(!isUnset(port.publishedPort) && { PublishedPort: number(port.publishedPort) }),
      PublishMode: text(port.publishMode),
    })),
  };
}

function nanoseconds(value: Value | undefined): number {
  return parseDuration(text(value)) ?? 0;
}

/** `["a=1"]` -> `{a: "1"}` */
function assignments(value: Value | undefined): Record<string, string> {
  return Object.fromEntries(
    texts(value).map((entry) => {
      const [key = "", ...rest] = entry.split("=");
      return [key, rest.join("=")];
    }),
  );
}

function part(value: Value | undefined): PropertyMap {
  return isObject(value) ? value : {};
}
