import type { Container, ContainerInspectInfo } from "dockerode";
import { engineCall, engineMessage, hasStatus, messageOf, ProviderError } from "../errors";
import type { OperationContext } from "../resource";
import { schemaResource } from "../schemaResource";
import { pause, poll, within } from "../timing";
import { type PropertyMap, flag, isDeepEqual, number, text } from "../values";
import { createContainer } from "./create";
import { deviceRates, memoryLimits, restartPolicy } from "./createBody";
import { containerOutputs, importedOutputs } from "./read";
import { containerSchema } from "./schema";

const START_INTERVAL_MS = 100;
const LOG_LIMIT_MS = 5_000;
const REMOVAL_LIMIT_MS = 60_000;

export const container = schemaResource(containerSchema, {
  create: createContainer,

  async read(id, outputs, context, occasion) {
    const handle = context.engine.docker.getContainer(id);
    const isNew = occasion === "create" && flag(outputs.start);
    const logs = isNew && flag(outputs.attach) ? await runToEnd(handle, outputs, context) : {};
    const info = isNew ? await inspectStarted(handle, outputs, context) : await inspect(handle);
    if (!info) return undefined;
    return {
      ...containerOutputs(info, outputs),
      ...logs,
      ...(occasion === "import" && importedOutputs(info)),
    };
  },

  async update(id, olds, news, context) {
    const isChanged = UPDATED_ON_ENGINE.some((name) => !isDeepEqual(olds[name] ?? null, news[name] ?? null));
    if (!isChanged) return undefined;
    const body = {
      ...restartPolicy(news),
      ...memoryLimits(news),
      ...deviceRates(news),
      CpuShares: number(news.cpuShares),
      CpusetCpus: text(news.cpuSet),
    };
    await engineCall("Unable to update a container", context.engine.docker.getContainer(id).update(body));
    return undefined;
  },

  async delete(id, outputs, context) {
    const handle = context.engine.docker.getContainer(id);
    const grace = number(outputs.destroyGraceSeconds);
    if (grace > 0 && !flag(outputs.attach)) await stop(handle, grace);
    await remove(handle, flag(outputs.removeVolumes), context.signal);
  },
});

/** The official plugin sends no more than these; other changes are noted in the state only. */
const UPDATED_ON_ENGINE = [
  "restart",
  "maxRetryCount",
  "cpuShares",
  "cpuSet",
  "memory",
  "memoryReservation",
  "memorySwap",
  "deviceReadBps",
  "deviceReadIops",
  "deviceWriteBps",
  "deviceWriteIops",
];

async function inspect(handle: Container): Promise<ContainerInspectInfo | undefined> {
  try {
    return await handle.inspect();
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw new ProviderError(`Unable to inspect container: ${engineMessage(error)}`);
  }
}

/** Looks once the process has had a moment to fail: one that ends at once is reported with its exit code. */
async function inspectStarted(
  handle: Container,
  outputs: PropertyMap,
  context: OperationContext,
): Promise<ContainerInspectInfo | undefined> {
  if (!flag(outputs.wait)) await pause(START_INTERVAL_MS, context.signal);
  const settled = await poll(
    async () => {
      const info = await inspect(handle);
      if (!info) return { info };
      return info.State.Running || info.State.Status === "exited" ? { info } : undefined;
    },
    {
      intervalMs: START_INTERVAL_MS,
      timeoutMs: number(outputs.containerReadRefreshTimeoutMilliseconds),
      signal: context.signal,
    },
  );
  return settled ? settled.info : inspect(handle);
}

/** `attach`: waits for the end of the process; with `logs` its output becomes `containerLogs`. */
async function runToEnd(
  handle: Container,
  outputs: PropertyMap,
  context: OperationContext,
): Promise<PropertyMap> {
  await engineCall("Unable to wait container end of execution", handle.wait({ abortSignal: context.signal }));
  if (!flag(outputs.logs)) return {};
  const reading = handle.logs({ stdout: true, stderr: true, follow: false });
  const log = await engineCall(
    "Unable to read container logs",
    within(LOG_LIMIT_MS, `no logs after ${LOG_LIMIT_MS / 1000} s`, reading),
  );
  return { containerLogs: flag(outputs.tty) ? log.toString() : demultiplex(log) };
}

/** Without a terminal the engine frames its output: a stream number, three zeros, a length, the text. */
function demultiplex(log: Buffer): string {
  let output = "";
  for (let offset = 0; offset + 8 <= log.length;) {
    const end = offset + 8 + log.readUInt32BE(offset + 4);
    output += log.subarray(offset + 8, end).toString();
    offset = end;
  }
  return output;
}

async function stop(handle: Container, grace: number): Promise<void> {
  try {
    await handle.stop({ t: grace });
  } catch (error) {
    const hasStopped = hasStatus(error, 304, 404);
    if (!hasStopped)
      throw new ProviderError(`Error stopping container ${handle.id}: ${engineMessage(error)}`);
  }
}

async function remove(handle: Container, removeVolumes: boolean, signal: AbortSignal): Promise<void> {
  try {
    await handle.remove({ force: true, v: removeVolumes });
  } catch (error) {
    const isGone = hasStatus(error, 404) || messageOf(error).includes("is already in progress");
    if (!isGone) throw new ProviderError(`Error deleting container ${handle.id}: ${engineMessage(error)}`);
  }
  const isGone = await poll(async () => ((await inspect(handle)) ? undefined : true), {
    intervalMs: START_INTERVAL_MS,
    timeoutMs: REMOVAL_LIMIT_MS,
    signal,
  });
  if (!isGone) {
    throw new ProviderError(
      `Error waiting for container removal '${handle.id}': still there after ${REMOVAL_LIMIT_MS / 1000} s; ` +
        "see the engine's log, then run the command again",
    );
  }
}
