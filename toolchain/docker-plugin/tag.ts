import { engineCall } from "./errors";
import { findImage } from "./image/pull";
import { type ResourceSchema, set, string } from "./schema/attribute";
import { schemaResource } from "./schemaResource";
import { text } from "./values";

export const tagSchema: ResourceSchema = {
  attributes: {
    sourceImage: string({ required: true }),
    sourceImageId: string({ output: true }),
    tagTriggers: set(),
    targetImage: string({ required: true }),
  },
};

export const tag = schemaResource(tagSchema, {
  async create(inputs, { engine }) {
    const source = text(inputs.sourceImage);
    const target = text(inputs.targetImage);
    const separator = /:[^/]*$/.exec(target);
    await engineCall(
      "failed to create docker tag",
      engine.docker.getImage(source).tag({
        repo: separator ? target.slice(0, separator.index) : target,
        tag: separator ? separator[0].slice(1) : "latest",
      }),
    );
    return `${source}.${target}`;
  },

  async read(id, outputs, context) {
    const image = await findImage(text(outputs.targetImage), context);
    return image && { id, sourceImageId: image.Id };
  },

  // The official plugin leaves the tag in place as well: other resources may use the image by it.
  delete: () => Promise.resolve(),
});
