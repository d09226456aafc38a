import { engineCall, engineMessage, hasStatus, ProviderError } from "./errors";
import { labelMap } from "./container/createBody";
import { labelOutputs } from "./network";
import { labels, map, set, string, type ResourceSchema } from "./schema/attribute";
import { schemaResource } from "./schemaResource";
import { poll } from "./timing";
import { type PropertyMap, text, textMap } from "./values";

const REMOVAL_INTERVAL_MS = 500;
const REMOVAL_LIMIT_MS = 60_000;

export const volumeSchema: ResourceSchema = {
  autonamed: true,
  meta: { planned: '{"_new_extra_shim":{}}', done: '{"schema_version":"1"}' },
  attributes: {
    cluster: {
      type: "block",
      unsupported:
        "cluster volumes belong to a swarm; this stand-in for the docker plugin does not support them, the official plugin does",
    },
    driver: string({ computed: true }),
    driverOpts: map(),
    labels: set(labels),
    mountpoint: string({ output: true }),
    name: string({ required: true }),
  },
};

export const volume = schemaResource(volumeSchema, {
  async create(inputs, { engine }) {
    const created: { name: string } = await engineCall(
      "Unable to create volume",
      engine.docker.createVolume({
        Name: text(inputs.name),
        ...(text(inputs.driver) !== "" && { Driver: text(inputs.driver) }),
        DriverOpts: textMap(inputs.driverOpts),
        Labels: labelMap(inputs.labels),
      }),
    );
    return created.name;
  },

  async read(id, _outputs, { engine }) {
    try {
      const info = (await engine.docker.getVolume(id).inspect()) as unknown as PropertyMap;
      return {
        id,
        driver: text(info.Driver),
        driverOpts: textMap(info.Options),
        labels: labelOutputs(info.Labels),
        mountpoint: text(info.Mountpoint),
        name: text(info.Name),
      };
    } catch (error) {
      if (hasStatus(error, 404)) return undefined;
      throw new ProviderError(`Unable to inspect volume: ${engineMessage(error)}`);
    }
  },

  async delete(id, _outputs, { engine, signal, log }) {
    const remove = async (): Promise<true | undefined> => {
      try {
        await engine.docker.getVolume(id).remove();
        return true;
      } catch (error) {
        if (hasStatus(error, 404)) return true;
        if (!engineMessage(error).includes("volume is in use")) {
          throw new ProviderError(`Unable to remove volume: ${engineMessage(error)}`);
        }
        log("debug", engineMessage(error));
        return undefined;
      }
    };
    const options = { intervalMs: REMOVAL_INTERVAL_MS, timeoutMs: REMOVAL_LIMIT_MS, signal };
    if (!(await poll(remove, options))) {
      throw new ProviderError(
        `Unable to remove volume: a container still uses it after ${REMOVAL_LIMIT_MS / 1000} s; ` +
          `\`docker ps -a --filter volume=${id}\` names it, remove it and run the command again`,
      );
    }
  },
});
