import { relative, resolve } from "node:path";
import { engineCall, engineMessage, ProviderError } from "../errors";
import type { Credentials } from "../engine/credentials";
import { registryOf } from "../engine/credentials";
import type { DiffRequest, OperationContext, ResourceType } from "../resource";
import type { Change } from "../schema/diff";
import {
  type PropertyMap,
  type Value,
  UNKNOWN,
  containsUnknown,
  flag,
  isDeepEqual,
  isObject,
  secret,
  text,
  textMap,
  texts,
} from "../values";
import { checkImage } from "./check";
import { contextArchive, dockerfileInContext } from "./context";
import { followProgress } from "./progress";

/** The state holds the inputs, as a secret because of the registry's password. */
const INPUTS = "__inputs";

/** `docker.Image`: builds in the engine's own (classic) builder and pushes, unless `skipPush` is set. */
export const image: ResourceType = {
  check: ({ news }, log) => checkImage(news, log),

  diff: (request) => ({ changes: diffInputs(request), deleteBeforeReplace: false, style: "native" }),

  async previewCreate(inputs, context) {
    if (!flag(inputs.buildOnPreview) || containsUnknown(inputs)) return plannedOutputs(inputs);
    return build(inputs, context);
  },

  async create(inputs, context) {
    return { id: text(inputs.imageName), outputs: await buildAndPush(inputs, context) };
  },

  // As the official plugin: what the engine or the registry has is not compared.
  read: (state) => Promise.resolve(state),

  async previewUpdate({ news }, context) {
    if (!flag(news.buildOnPreview) || containsUnknown(news)) return plannedOutputs(news);
    return build(news, context);
  },

  update: ({ news }, context) => buildAndPush(news, context),

  // The image stays: containers, other stacks and the registry may still use it.
  delete: () => Promise.resolve(),
};

function diffInputs({ olds, news }: DiffRequest): Change[] {
  const before = isObject(olds[INPUTS]) ? olds[INPUTS] : {};
  const names = [...new Set([...Object.keys(before), ...Object.keys(news)])].sort();
  return names.flatMap((path): Change[] => {
    const [old, now] = [before[path], news[path]];
    if (old === undefined) return [{ path, kind: "ADD", replaces: false }];
    if (now === undefined) return [{ path, kind: "DELETE", replaces: false }];
    // A new password is no reason to build anew.
    const isSame = path === "registry" ? serverOf(old) === serverOf(now) : isDeepEqual(old, now);
    return isSame ? [] : [{ path, kind: "UPDATE", replaces: false }];
  });
}

function serverOf(registry: Value): string {
  return isObject(registry) ? text(registry.server) : "";
}

function plannedOutputs(inputs: PropertyMap): PropertyMap {
  return { ...outputsWithout(inputs), [INPUTS]: secret(inputs), repoDigest: UNKNOWN };
}

function outputsWithout(inputs: PropertyMap): PropertyMap {
  const settings = isObject(inputs.build) ? inputs.build : {};
  const context = settings.context ?? ".";
  const isKnown = !containsUnknown(context) && !containsUnknown(settings.dockerfile);
  return {
    baseImageName: inputs.imageName ?? UNKNOWN,
    context,
    dockerfile: isKnown ? relative(text(context), text(settings.dockerfile)) : UNKNOWN,
    imageName: inputs.imageName ?? UNKNOWN,
    platform: settings.platform ?? UNKNOWN,
    registryServer: isObject(inputs.registry) ? (inputs.registry.server ?? "") : "",
  };
}

async function buildAndPush(inputs: PropertyMap, context: OperationContext): Promise<PropertyMap> {
  const outputs = await build(inputs, context);
  return flag(inputs.skipPush) ? outputs : { ...outputs, repoDigest: await push(inputs, context) };
}

/** The outputs of the built image; its own id stands in for the digest that only a registry gives. */
async function build(inputs: PropertyMap, context: OperationContext): Promise<PropertyMap> {
  const { engine, signal, log } = context;
  const settings = isObject(inputs.build) ? inputs.build : {};
  const directory = resolve(text(settings.context) || ".");
  const dockerfile = resolve(text(settings.dockerfile));
  const name = text(inputs.imageName);
  const cacheFrom = isObject(settings.cacheFrom) ? texts(settings.cacheFrom.images) : [];
  const addHosts = texts(settings.addHosts);
  const credentials = registryCredentials(inputs);
  try {
    const stream = await engine.docker.buildImage(contextArchive(directory, dockerfile), {
      t: name,
      dockerfile: dockerfileInContext(directory, dockerfile),
      buildargs: textMap(settings.args),
      platform: text(settings.platform),
      rm: true,
      forcerm: true,
      version: "1",
      ...(text(settings.target) !== "" && { target: text(settings.target) }),
      ...(text(settings.network) !== "" && { networkmode: text(settings.network) }),
      // Repeated in the query; the library's types know one only.
      ...(addHosts.length > 0 && { extrahosts: addHosts as unknown as string }),
      ...(cacheFrom.length > 0 && { cachefrom: JSON.stringify(cacheFrom) }),
      ...(credentials && { registryconfig: { [credentials.serveraddress]: credentials } }),
      abortSignal: signal,
    });
    await followProgress(stream, signal, (line) => {
      log("info", line);
    });
  } catch (error) {
    throw new ProviderError(`error building ${name}: ${engineMessage(error)}`);
  }
  const built = await engineCall(
    `error reading the built image ${name}`,
    engine.docker.getImage(name).inspect(),
  );
  return { ...outputsWithout(inputs), [INPUTS]: secret(inputs), repoDigest: built.Id };
}

async function push(inputs: PropertyMap, { engine, signal, log }: OperationContext): Promise<string> {
  const name = text(inputs.imageName);
  const [, repository = name, tag = "latest"] = /^(.*?)(?::([^/:]+))?$/.exec(name) ?? [];
  try {
    const credentials = registryCredentials(inputs) ?? (await engine.credentials(name));
    const pushing: Promise<NodeJS.ReadableStream> = engine.docker.getImage(repository).push({
      tag,
      abortSignal: signal,
      ...(credentials && { authconfig: { ...credentials } }),
    });
    const stream = await pushing;
    const { digest } = await followProgress(stream, signal, (line) => {
      log("info", line);
    });
    if (digest === undefined) throw new ProviderError("the registry named no digest for what it was sent");
    return `${repository}@${digest}`;
  } catch (error) {
    throw new ProviderError(
      `error pushing ${name} to ${registryOf(name)}: ${engineMessage(error)}; ` +
        "set `skipPush: true` to use the image on this engine only, or `registry` to log in",
    );
  }
}

function registryCredentials(inputs: PropertyMap): Credentials | undefined {
  const registry = isObject(inputs.registry) ? inputs.registry : {};
  if (text(registry.username) === "" || text(registry.password) === "") return undefined;
  return {
    username: text(registry.username),
    password: text(registry.password),
    serveraddress: text(registry.server) || registryOf(text(inputs.imageName)),
  };
}
