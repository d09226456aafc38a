import type Dockerode from "dockerode";
import type { NetworkCreateOptions, NetworkInspectInfo } from "dockerode";
import { engineCall, engineMessage, hasStatus, ProviderError } from "./errors";
import { labelMap } from "./container/createBody";
import { boolean, labels, map, set, string, type ResourceSchema } from "./schema/attribute";
import { schemaResource } from "./schemaResource";
import { poll } from "./timing";
import { type PropertyMap, flag, isObject, isUnset, objects, text, textMap } from "./values";

const REMOVAL_INTERVAL_MS = 500;
const REMOVAL_LIMIT_MS = 30_000;
const ALLOCATION_INTERVAL_MS = 50;
const ALLOCATION_LIMIT_MS = 10_000;

const ipamConfigs = { auxAddress: map(), gateway: string(), ipRange: string(), subnet: string() };

export const networkSchema: ResourceSchema = {
  autonamed: true,
  meta: { planned: '{"_new_extra_shim":{}}', done: '{"schema_version":"1"}' },
  attributes: {
    attachable: boolean({ computed: true }),
    driver: string({ computed: true }),
    ingress: boolean({ computed: true }),
    internal: boolean({ computed: true }),
    ipamConfigs: set(ipamConfigs, { computed: true }),
    ipamDriver: string({ default: "default" }),
    ipamOptions: map(),
    ipv6: boolean({ computed: true }),
    labels: set(labels),
    name: string({ required: true }),
    options: map({ computed: true }),
    scope: string({ output: true }),
  },
};

export const network = schemaResource(networkSchema, {
  async create(inputs, { engine }) {
    const created = await engineCall(
      "Unable to create network",
      engine.docker.createNetwork({
        Name: text(inputs.name),
        CheckDuplicate: true,
        ...(text(inputs.driver) !== "" && { Driver: text(inputs.driver) }),
        Internal: flag(inputs.internal),
        Attachable: flag(inputs.attachable),
        Ingress: flag(inputs.ingress),
        EnableIPv6: flag(inputs.ipv6),
        Labels: labelMap(inputs.labels),
        Options: textMap(inputs.options),
        IPAM: ipam(inputs),
      }),
    );
    return created.id;
  },

  async read(id, _outputs, { engine, signal }, occasion) {
    const look = async (): Promise<{ info?: NetworkInspectInfo } | undefined> => {
      const info = await inspect(engine.docker, id);
      return !info || isWhole(info) ? { ...(info && { info }) } : undefined;
    };
    const timeoutMs = occasion === "create" ? ALLOCATION_LIMIT_MS : 0;
    const settled = await poll(look, { intervalMs: ALLOCATION_INTERVAL_MS, timeoutMs, signal });
    const info = settled ? settled.info : await inspect(engine.docker, id);
    return info && networkOutputs(info);
  },

  async delete(id, _outputs, { engine, signal, log }) {
    const remove = async (): Promise<true | undefined> => {
      try {
        await engine.docker.getNetwork(id).remove();
        return true;
      } catch (error) {
        if (hasStatus(error, 404)) return true;
        // Containers that are being removed hold their network for a moment.
        if (!engineMessage(error).includes("has active endpoints")) {
          throw new ProviderError(`Unable to remove network: ${engineMessage(error)}`);
        }
        log("debug", `the network still has containers: ${engineMessage(error)}`);
        return undefined;
      }
    };
    const options = { intervalMs: REMOVAL_INTERVAL_MS, timeoutMs: REMOVAL_LIMIT_MS, signal };
    if (!(await poll(remove, options))) {
      throw new ProviderError(
        `Unable to remove network: containers are still connected to it after ${REMOVAL_LIMIT_MS / 1000} s; ` +
          `\`docker network inspect ${id.slice(0, 12)}\` names them, remove them and run the command again`,
      );
    }
  },
});

async function inspect(docker: Dockerode, id: string): Promise<NetworkInspectInfo | undefined> {
  try {
    return await docker.getNetwork(id).inspect();
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw new ProviderError(`Unable to inspect network: ${engineMessage(error)}`);
  }
}

/** A swarm takes a moment to give its networks a driver and addresses. */
function isWhole(info: NetworkInspectInfo): boolean {
  return info.Scope !== "swarm" || (info.Driver !== "" && ipamConfigOutputs(info).length > 0);
}

function ipam(inputs: PropertyMap): NetworkCreateOptions["IPAM"] {
  const config = objects(inputs.ipamConfigs).map((entry) => {
    const given = {
      Subnet: text(entry.subnet),
      IPRange: text(entry.ipRange),
      Gateway: text(entry.gateway),
      AuxiliaryAddresses: textMap(entry.auxAddress),
    };
    return Object.fromEntries(Object.entries(given).filter(([, value]) => !isUnset(value)));
  });
  return {
    Driver: text(inputs.ipamDriver),
    Config: config,
    Options: textMap(inputs.ipamOptions),
  };
}

export function networkOutputs(info: NetworkInspectInfo): PropertyMap {
  const network = info as unknown as PropertyMap;
  const settings = isObject(network.IPAM) ? network.IPAM : {};
  return {
    id: info.Id,
    attachable: flag(network.Attachable),
    driver: info.Driver,
    ingress: flag(network.Ingress),
    internal: info.Internal,
    ipamConfigs: ipamConfigOutputs(info),
    ipamDriver: text(settings.Driver),
    ipamOptions: textMap(settings.Options),
    ipv6: info.EnableIPv6,
    labels: labelOutputs(network.Labels),
    name: info.Name,
    options: textMap(network.Options),
    scope: info.Scope,
  };
}

export function ipamConfigOutputs(info: NetworkInspectInfo): PropertyMap[] {
  const settings = (info as unknown as PropertyMap).IPAM;
  return objects(isObject(settings) ? settings.Config : null).map((entry) => ({
    auxAddress: textMap(entry.AuxiliaryAddresses),
    gateway: text(entry.Gateway),
    ipRange: text(entry.IPRange),
    subnet: text(entry.Subnet),
  }));
}

export function labelOutputs(value: PropertyMap[string] | undefined): PropertyMap[] {
  return Object.entries(textMap(value))
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([label, labelValue]) => ({ label, value: labelValue }));
}
