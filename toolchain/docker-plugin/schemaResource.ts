import { autoname } from "./autoname";
import { InitializationError, messageOf } from "./errors";
import type { CheckRequest, OperationContext, ResourceType } from "./resource";
import { HalfCreatedError } from "./resource";
import type { ResourceSchema } from "./schema/attribute";
import { checkInputs, DEFAULTS } from "./schema/check";
import { diffAttributes } from "./schema/diff";
import { planCreate, planUpdate, settle, settleUpdate, withoutUnknowns } from "./schema/plan";
import { importInputs, refreshInputs } from "./schema/refresh";
import { type PropertyMap, UNKNOWN, objects } from "./values";

export type ReadOccasion = "create" | "refresh" | "import";

/** What differs between the resource types: the requests to the Docker engine. */
export interface EngineOperations {
  create(inputs: PropertyMap, context: OperationContext): Promise<string>;
  /** The properties that the engine reports; `outputs` is what was planned or last known. */
  read(
    id: string,
    outputs: PropertyMap,
    context: OperationContext,
    occasion: ReadOccasion,
  ): Promise<PropertyMap | undefined>;
  /** Answers what the engine reports afterwards; undefined where it has become what was planned. */
  update?(
    id: string,
    olds: PropertyMap,
    news: PropertyMap,
    context: OperationContext,
  ): Promise<PropertyMap | undefined>;
  delete(id: string, outputs: PropertyMap, context: OperationContext): Promise<void>;
  /** The engine object that an import's id means. Without it, the id is the engine's. */
  importId?(id: string): string;
}

/** A resource type whose Check, Diff and previews all follow from its schema. */
export function schemaResource(schema: ResourceSchema, operations: EngineOperations): ResourceType {
  const { attributes } = schema;
  const withMeta = (outputs: PropertyMap, id: string, meta?: string): PropertyMap => ({
    ...(meta !== undefined && { __meta: meta }),
    ...outputs,
    id,
  });

  return {
    check(request) {
      const generated = schema.autonamed ? generatedName(request) : {};
      const { inputs, failures } = checkInputs(attributes, request.news, generated);
      return { inputs, failures: [...failures, ...(schema.conflicts?.(inputs) ?? [])] };
    },

    diff({ olds, news }) {
      const changes = diffAttributes(attributes, olds, news);
      return { changes, deleteBeforeReplace: deletesFirst(schema, olds, news), style: "bridged" };
    },

    previewCreate(inputs) {
      return withMeta(planCreate(attributes, inputs), UNKNOWN, plannedMeta(schema, inputs));
    },

    async create(inputs, context) {
      const planned = planCreate(attributes, inputs);
      let id: string | undefined;
      try {
        id = await operations.create(inputs, context);
        const reported = (await operations.read(id, planned, context, "create")) ?? {};
        return { id, outputs: withMeta(settle(attributes, planned, reported), id, schema.meta?.done) };
      } catch (error) {
        const createdId = error instanceof HalfCreatedError ? error.id : id;
        if (createdId === undefined) throw error;
        const outputs = { ...withoutUnknowns(planned), id: createdId };
        const reason = messageOf(error);
        throw new InitializationError(reason, reason, createdId, outputs);
      }
    },

    async read({ id: givenId, inputs, outputs }, context) {
      const isImport = Object.keys(outputs).length === 0;
      const id = isImport ? (operations.importId?.(givenId) ?? givenId) : givenId;
      const known = isImport ? planCreate(attributes, {}) : outputs;
      const reported = await operations.read(id, known, context, isImport ? "import" : "refresh");
      if (!reported) return undefined;
      if (!isImport) {
        const found = { ...outputs, ...reported };
        return { id, outputs: found, inputs: refreshInputs(attributes, inputs, found) };
      }
      const realId = typeof reported.id === "string" ? reported.id : id;
      const found = withMeta(settle(attributes, known, reported), realId, schema.meta?.done);
      return { id: realId, outputs: found, inputs: importInputs(attributes, found) };
    },

    previewUpdate({ id, olds, news }) {
      return withMeta(planUpdate(attributes, olds, news), id, schema.meta?.planned);
    },

    async update({ id, olds, news }, context) {
      const planned = planUpdate(attributes, olds, news);
      const reported = await operations.update?.(id, olds, planned, context);
      const outputs = reported
        ? settle(attributes, planned, reported)
        : settleUpdate(attributes, olds, planned);
      return withMeta(outputs, id, schema.meta?.done);
    },

    delete: (id, outputs, context) => operations.delete(id, outputs, context),
  };
}

/** A name that was generated before stays; the engine asks again with no old inputs when it replaces. */
function generatedName({ name, olds, randomSeed, autonaming }: CheckRequest): PropertyMap {
  const defaults = olds[DEFAULTS];
  const wasGenerated = Array.isArray(defaults) && defaults.includes("name");
  const generated =
    wasGenerated && olds.name !== undefined ? olds.name : autoname(name, randomSeed, autonaming);
  return generated === undefined ? {} : { name: generated };
}

/** Two resources cannot hold the same name at once, so a name that was given and stays goes first. */
function deletesFirst(schema: ResourceSchema, olds: PropertyMap, news: PropertyMap): boolean {
  if (schema.alwaysDeleteBeforeReplace) return true;
  const defaults = news[DEFAULTS];
  const isGenerated = Array.isArray(defaults) && defaults.includes("name");
  return schema.autonamed === true && !isGenerated && olds.name === news.name;
}

/** The official plugin notes the address of each published port in its bookkeeping, in previews only. */
function plannedMeta(schema: ResourceSchema, inputs: PropertyMap): string | undefined {
  const addresses = objects(inputs.ports).map(({ ip }, index) => [`ports.${index}.ip`, ip]);
  const noted = JSON.stringify(Object.fromEntries(addresses));
  return schema.meta?.planned?.replace('"_new_extra_shim":{}', () => `"_new_extra_shim":${noted}`);
}
