import { engineMessage, hasStatus, messageOf, ProviderError } from "./errors";
import { ensureImage, findImage } from "./image/pull";
import { boolean, map, set, string, type ResourceSchema } from "./schema/attribute";
import { schemaResource } from "./schemaResource";
import { flag, text } from "./values";

const TIMEOUTS =
  '"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":{"create":1200000000000,"delete":1200000000000,"update":1200000000000}';

export const remoteImageSchema: ResourceSchema = {
  meta: { planned: `{"_new_extra_shim":{},${TIMEOUTS}}`, done: `{${TIMEOUTS}}` },
  attributes: {
    build: {
      type: "block",
      unsupported:
        "this stand-in for the docker plugin does not build RemoteImages (the official plugin does); use the resource docker.Image",
    },
    forceRemove: boolean({ inPlace: true }),
    imageId: string({ output: true }),
    keepLocally: boolean({ inPlace: true }),
    name: string({ required: true }),
    platform: string(),
    pullTriggers: set(),
    repoDigest: string({ output: true }),
    triggers: map(),
  },
};

export const remoteImage = schemaResource(remoteImageSchema, {
  async create(inputs, context) {
    const name = text(inputs.name);
    try {
      const image = await ensureImage(name, text(inputs.platform), context);
      return remoteImageId(image.Id, name);
    } catch (error) {
      throw new ProviderError(`Unable to read Docker image into resource: ${messageOf(error)}`);
    }
  },

  async read(id, outputs, context, occasion) {
    const name = occasion === "import" ? id : text(outputs.name);
    const image = await findImage(name, context);
    if (!image) return undefined;
    const repository = name.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
    const digest = (image.RepoDigests as string[] | null)?.find((entry) =>
      entry.startsWith(`${repository}@`),
    );
    return {
      id: remoteImageId(image.Id, name),
      name,
      imageId: image.Id,
      repoDigest: digest ?? "",
    };
  },

  async delete(_id, outputs, { engine }) {
    if (flag(outputs.keepLocally)) return;
    const name = text(outputs.name);
    try {
      await engine.docker.getImage(name).remove({ force: flag(outputs.forceRemove) });
    } catch (error) {
      if (!hasStatus(error, 404))
        throw new ProviderError(`Unable to remove Docker image: ${engineMessage(error)}`);
    }
  },
});

/** The official plugin's id of an image resource: the image's id and the name run together. */
export function remoteImageId(imageId: string, name: string): string {
  return imageId + name;
}
