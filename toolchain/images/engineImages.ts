import { Readable } from "node:stream";
import type Docker from "dockerode";
import { tarOf, type RootFilesystem } from "./rootFilesystem";

/** How long a registry may take to be heard of at all, and later between two signs of progress. */
const firstAnswerSeconds = 10;
const stallSeconds = 60;

export interface EngineImage {
  readonly reference: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The image with this reference, or undefined when the engine does not have it. */
export async function findImage(docker: Docker, reference: string): Promise<EngineImage | undefined> {
  try {
    const { Config } = await docker.getImage(reference).inspect();
    return { reference, labels: { ...Config.Labels } };
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

/** The newest tag of a repository that was made from this content. */
export async function findTagByLabel(
  docker: Docker,
  repository: string,
  label: string,
  value: string,
): Promise<string | undefined> {
  const images = await docker.listImages({ filters: { label: [`${label}=${value}`] } });
  const newestFirst = images.sort((a, b) => b.Created - a.Created);
  // Images built on top of ours have its labels too, but not its name.
  return newestFirst
    .flatMap(({ RepoTags }) => RepoTags ?? [])
    .find((tag) => tag.startsWith(`${repository}:`));
}

/** Throws when the registry does not answer in time or does not have the image. */
export async function pullImage(docker: Docker, reference: string): Promise<void> {
  const abort = new AbortController();
  const giveUp = (): void => {
    abort.abort();
  };
  let limit = setTimeout(giveUp, firstAnswerSeconds * 1000);
  try {
    const stream = await docker.pull(reference, { abortSignal: abort.signal });
    await followProgress(docker, stream, () => {
      clearTimeout(limit);
      limit = setTimeout(giveUp, stallSeconds * 1000);
    });
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    throw new Error(`${reference}: no answer from the image registry in time`, { cause: error });
  } finally {
    clearTimeout(limit);
  }
}

/** Builds an image from files and the lines of a Dockerfile. */
export async function buildImage(
  docker: Docker,
  reference: string,
  files: RootFilesystem,
  dockerfile: readonly string[],
  onLine?: (line: string) => void,
): Promise<void> {
  const context: RootFilesystem = new Map([
    ...files,
    ["/Dockerfile", { type: "file", content: `${dockerfile.join("\n")}\n` }],
  ]);
  const stream = await docker.buildImage(Readable.from([await tarOf(context)]), {
    t: reference,
    forcerm: true,
  });
  await followProgress(docker, stream, onLine);
}

/** Follows a pull or build to its end; rejects with the error that the engine reports in it. */
function followProgress(
  docker: Docker,
  stream: NodeJS.ReadableStream,
  onLine: (line: string) => void = () => undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    // The engine reports a failure within the stream, which docker-modem takes for progress like any other.
    let reported: string | undefined;
    docker.modem.followProgress(
      stream,
      (error: Error | null) => {
        if (error) reject(error);
        else if (reported !== undefined) reject(new Error(reported));
        else resolve();
      },
      (event: { stream?: string; status?: string; error?: string }) => {
        reported = event.error ?? reported;
        const line = (event.stream ?? event.status ?? "").trimEnd();
        if (line !== "") onLine(line);
      },
    );
  });
}

function hasStatus(error: unknown, status: number): boolean {
  return error instanceof Error && "statusCode" in error && error.statusCode === status;
}
