import type { ImageInspectInfo } from "dockerode";
import { engineMessage, hasStatus, messageOf, ProviderError } from "../errors";
import type { OperationContext } from "../resource";
import { followProgress } from "./progress";

/** The image as the engine has it, or undefined. */
export async function findImage(
  name: string,
  { engine }: Pick<OperationContext, "engine">,
): Promise<ImageInspectInfo | undefined> {
  try {
    return await engine.docker.getImage(name).inspect();
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw new ProviderError(`unable to inspect image ${name}: ${engineMessage(error)}`);
  }
}

/** The image as the engine has it; pulled when it has not. */
export async function ensureImage(
  name: string,
  platform: string,
  context: OperationContext,
): Promise<ImageInspectInfo> {
  const present = await findImage(name, context);
  if (present) return present;
  try {
    await pullImage(name, platform, context);
  } catch (error) {
    throw new ProviderError(`unable to pull image ${name}: ${messageOf(error)}`);
  }
  const pulled = await findImage(name, context);
  if (!pulled) throw new ProviderError(`unable to find or pull image ${name}`);
  return pulled;
}

export async function pullImage(name: string, platform: string, context: OperationContext): Promise<void> {
  const { engine, log, signal } = context;
  try {
    const stream = await engine.docker.pull(nameWithTag(name), {
      ...(platform !== "" && { platform }),
      authconfig: await engine.credentials(name),
      abortSignal: signal,
    });
    await followProgress(stream, signal, (line) => {
      log("debug", line);
    });
  } catch (error) {
    throw new ProviderError(`error pulling image ${name}: ${engineMessage(error)}`);
  }
}

/** Without a tag the engine would pull every tag there is. */
function nameWithTag(name: string): string {
  const last = name.slice(name.lastIndexOf("/") + 1);
  return /[:@]/.test(last) ? name : `${name}:latest`;
}
