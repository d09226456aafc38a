import type Dockerode from "dockerode";
import { parseDuration } from "../container/duration";
import type { Credentials } from "../engine/credentials";
import { engineMessage, hasStatus, ProviderError } from "../errors";
import type { OperationContext } from "../resource";
import { settle, withoutUnknowns } from "../schema/plan";
import { schemaResource } from "../schemaResource";
import { poll } from "../timing";
import { type PropertyMap, canonicalJson, isObject, isUnset, objects, text, type Value } from "../values";
import { converge, convergeConfig } from "./convergence";
import { pinned, withDistribution } from "./imageDigest";
import { serviceAttributes, serviceSchema } from "./schema";
import { serviceOutputs } from "./serviceOutputs";
import { serviceSpec } from "./serviceSpec";

const ENDPOINT_INTERVAL_MS = 100;
const ENDPOINT_LIMIT_MS = 2_000;
const REMOVAL_INTERVAL_MS = 250;

export const service = schemaResource(serviceSchema, {
  async create(inputs, context) {
    const { docker } = context.engine;
    const asked = serviceSpec(inputs);
    const distribution = await pinned(imageOf(inputs), context);
    const spec = distribution ? withDistribution(asked, distribution) : asked;
    const authconfig = await registryAuth(inputs, context);
    const created = await said(docker.createService(authconfig as Dockerode.AuthConfig, spec));
    const config = convergeConfig(inputs.convergeConfig);
    if (config) {
      try {
        await converge(docker, created.id, false, config, context.signal);
      } catch (error) {
        // The official plugin takes a service away again that does not come up.
        await removeService(created.id, inputs, context);
        throw error;
      }
    }
    return created.id;
  },

  async read(id, outputs, { engine, signal }, occasion) {
    const look = async (): Promise<{ info?: PropertyMap } | undefined> => {
      const info = await inspect(engine.docker, id);
      return !info || hasEndpoint(info) ? { ...(info && { info }) } : undefined;
    };
    const isNew = occasion === "create";
    const limits = { intervalMs: ENDPOINT_INTERVAL_MS, timeoutMs: isNew ? ENDPOINT_LIMIT_MS : 0, signal };
    const settled = await poll(look, limits);
    const info = settled ? settled.info : await inspect(engine.docker, id);
    return info && settle(serviceAttributes, outputs, serviceOutputs(info, outputs));
  },

  async update(id, _olds, planned, context) {
    const { docker } = context.engine;
    const handle = docker.getService(id);
    const before = (await said(handle.inspect())) as PropertyMap;
    const spec = serviceSpec(withoutUnknowns(planned));
    const version = part(before.Version).Index;
    const authconfig = await registryAuth(planned, context);
    // The index makes the engine refuse the update when somebody else changed the service meanwhile.
    await said(handle.update({ _query: { version }, _body: spec, ...(authconfig && { authconfig }) }));
    const config = convergeConfig(planned.convergeConfig);
    if (config) {
      const after = (await said(handle.inspect())) as PropertyMap;
      await converge(docker, id, tasksOf(before) !== tasksOf(after), config, context.signal);
    }
    return this.read(id, planned, context, "create");
  },

  delete: removeService,
});

/** The engine's own words, as the official plugin passes them on. */
async function said<Result>(call: Promise<Result>): Promise<Result> {
  try {
    return await call;
  } catch (error) {
    throw new ProviderError(engineMessage(error), { cause: error });
  }
}

async function inspect(docker: Dockerode, id: string): Promise<PropertyMap | undefined> {
  try {
    return (await docker.getService(id).inspect()) as PropertyMap;
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw new ProviderError(`Error inspecting service ${id}: ${engineMessage(error)}`);
  }
}

/** A virtual address and published ports take the swarm a moment; `dnsrr` needs neither. */
function hasEndpoint(info: PropertyMap): boolean {
  const asked = part(part(info.Spec).EndpointSpec);
  if (asked.Mode === "dnsrr") return true;
  return canonicalJson(part(part(info.Endpoint).Spec)) === canonicalJson(asked);
}

function tasksOf(info: PropertyMap): string {
  return canonicalJson(part(part(info.Spec).TaskTemplate));
}

/** The service's own `auth`, else the provider's for the image's registry. */
async function registryAuth(
  properties: PropertyMap,
  { engine }: OperationContext,
): Promise<Credentials | undefined> {
  const { auth } = properties;
  if (!isObject(auth)) return engine.credentials(imageOf(properties));
  return {
    username: text(auth.username),
    password: text(auth.password),
    serveraddress: text(auth.serverAddress),
  };
}

function imageOf(properties: PropertyMap): string {
  return text(part(part(properties.taskSpec).containerSpec).image);
}

/**
 * Removes the service. With a `stopGracePeriod` it waits that long for the containers on the engine that was
 * asked, and then removes them; the nodes besides clean up after themselves.
 */
async function removeService(id: string, properties: PropertyMap, context: OperationContext): Promise<void> {
  const { docker } = context.engine;
  const grace = part(part(properties.taskSpec).containerSpec).stopGracePeriod;
  const graceMs = (parseDuration(text(grace)) ?? 0) / 1e6;
  const containers = graceMs > 0 ? await containersOf(docker, id) : [];
  try {
    await docker.getService(id).remove();
  } catch (error) {
    if (!hasStatus(error, 404)) {
      throw new ProviderError(`Error deleting service with ID '${id}': ${engineMessage(error)}`);
    }
  }
  const gone = async (): Promise<true | undefined> => {
    const left = await Promise.all(containers.map((container) => exists(docker, container)));
    return left.includes(true) ? undefined : true;
  };
  const limits = { intervalMs: REMOVAL_INTERVAL_MS, timeoutMs: graceMs, signal: context.signal };
  if (await poll(gone, limits)) return;
  await Promise.all(containers.map((container) => removeContainer(docker, container)));
}

/** Of a service that is gone, none. */
async function tasks(docker: Dockerode, filters: string): Promise<Value> {
  try {
    const found: unknown = await docker.listTasks({ filters });
    return found as Value;
  } catch (error) {
    if (hasStatus(error, 404)) return [];
    throw new ProviderError(engineMessage(error), { cause: error });
  }
}

async function containersOf(docker: Dockerode, id: string): Promise<string[]> {
  const filters = JSON.stringify({ service: [id] });
  return objects(await tasks(docker, filters))
    .map((task) => part(task.Status))
    .filter((status) => status.State !== "shutdown")
    .map((status) => text(part(status.ContainerStatus).ContainerID))
    .filter((container) => !isUnset(container));
}

async function exists(docker: Dockerode, container: string): Promise<boolean> {
  try {
    await docker.getContainer(container).inspect();
    return true;
  } catch (error) {
    if (hasStatus(error, 404)) return false;
    throw new ProviderError(`error on wait for container with ID '${container}': ${engineMessage(error)}`);
  }
}

async function removeContainer(docker: Dockerode, container: string): Promise<void> {
  try {
    await docker.getContainer(container).remove({ force: true, v: true });
  } catch (error) {
    if (hasStatus(error, 404) || engineMessage(error).includes("is already in progress")) return;
    throw new ProviderError(`Error deleting container with ID '${container}': ${engineMessage(error)}`);
  }
}

function part(value: Value | undefined): PropertyMap {
  return isObject(value) ? value : {};
}
