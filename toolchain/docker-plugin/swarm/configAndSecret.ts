import type Dockerode from "dockerode";
import { labelMap } from "../container/createBody";
import { engineMessage, hasStatus, ProviderError } from "../errors";
import { labelOutputs } from "../network";
import { labels, matching, set, string, type Attribute, type ResourceSchema } from "../schema/attribute";
import { schemaResource } from "../schemaResource";
import { type PropertyMap, isObject, isUnset, text } from "../values";

const base64 = (options: Partial<Attribute> = {}): Attribute =>
  string({ ...options, validate: matching(/^[A-Za-z0-9+/]*={0,2}$/, "data in base64") });

const configSchema: ResourceSchema = {
  autonamed: true,
  attributes: {
    data: base64(),
    dataRaw: string(),
    labels: set(labels),
    name: string({ required: true }),
  },
  conflicts({ data, dataRaw }) {
    if (data !== undefined && dataRaw !== undefined) {
      return [{ property: "dataRaw", reason: 'conflicts with "data"; give one of them' }];
    }
    return data === undefined && dataRaw === undefined
      ? [{ property: "data", reason: 'one of "data" (in base64) and "dataRaw" (plain text) is required' }]
      : [];
  },
};

/** `docker.ServiceConfig`: a text that a swarm hands to the containers of its services, as a file. */
export const serviceConfig = schemaResource(configSchema, {
  async create(inputs, { engine }) {
    const raw = inputs.dataRaw;
    const data = typeof raw === "string" ? Buffer.from(raw).toString("base64") : text(inputs.data);
    return created(engine.docker.createConfig(swarmFile(inputs, data)));
  },

  async read(id, outputs, { engine }) {
    const info = await found(engine.docker.getConfig(id).inspect());
    if (!info) return undefined;
    const data = text(specOf(info).Data);
    const isRaw = !isUnset(outputs.dataRaw);
    return {
      ...swarmFileOutputs(info),
      ...(isRaw ? { dataRaw: Buffer.from(data, "base64").toString() } : { data }),
    };
  },

  delete: (id, _outputs, { engine }) => removed(engine.docker.getConfig(id)),
});

const secretSchema: ResourceSchema = {
  autonamed: true,
  meta: { done: '{"schema_version":"1"}' },
  attributes: {
    data: base64({ required: true }),
    labels: set(labels),
    name: string({ required: true }),
  },
};

/** `docker.Secret`: like a config, but the swarm keeps it encrypted and never gives it out again. */
export const secret = schemaResource(secretSchema, {
  create: (inputs, { engine }) => created(engine.docker.createSecret(swarmFile(inputs, text(inputs.data)))),

  async read(id, _outputs, { engine }) {
    const info = await found(engine.docker.getSecret(id).inspect());
    return info && swarmFileOutputs(info);
  },

  delete: (id, _outputs, { engine }) => removed(engine.docker.getSecret(id)),
});

function swarmFile(inputs: PropertyMap, data: string): object {
  return { Name: text(inputs.name), Labels: labelMap(inputs.labels), Data: data };
}

function swarmFileOutputs(info: PropertyMap): PropertyMap {
  const spec = specOf(info);
  return { id: text(info.ID), name: text(spec.Name), labels: labelOutputs(spec.Labels) };
}

function specOf(info: PropertyMap): PropertyMap {
  return isObject(info.Spec) ? info.Spec : {};
}

async function created(creation: Promise<unknown>): Promise<string> {
  try {
    const { id } = (await creation) as { readonly id: string };
    return id;
  } catch (error) {
    throw new ProviderError(engineMessage(error), { cause: error });
  }
}

async function found(inspection: Promise<unknown>): Promise<PropertyMap | undefined> {
  try {
    return (await inspection) as PropertyMap;
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw new ProviderError(engineMessage(error), { cause: error });
  }
}

/** One that a service still uses is refused, in the engine's words, which name the service. */
async function removed(handle: Dockerode.Config | Dockerode.Secret): Promise<void> {
  try {
    await handle.remove();
  } catch (error) {
    if (!hasStatus(error, 404)) throw new ProviderError(engineMessage(error), { cause: error });
  }
}
