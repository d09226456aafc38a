import type Docker from "dockerode";

/** Something that happened to a container, in the order in which the engine told it. */
export interface ContainerEvent {
  /** `create`, `start`, `die`, `destroy` and so on; `exec_die: 0` is a check that passed, whoever made it. */
  action: string;
  containerName: string;
  /** `webapp-1`, from the container's label. */
  replica: string;
}

interface EngineEvent {
  Action: string;
  Actor: { Attributes: Record<string, string> };
}

/** What happened to the containers of a stack while `work` ran. */
export async function eventsDuring(
  docker: Docker,
  stack: string,
  work: () => Promise<unknown>,
): Promise<ContainerEvent[]> {
  const since = (await docker.info()) as { SystemTime: string };
  await work();
  const until = (await docker.info()) as { SystemTime: string };
  const stream = await docker.getEvents({
    since: seconds(since.SystemTime),
    until: seconds(until.SystemTime),
    filters: { type: ["container"], label: [`webfarm.stack=${stack}`] },
  });
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as EngineEvent)
    .map(({ Action, Actor: { Attributes } }) => ({
      action: Action === "exec_die" ? `${Action}: ${Attributes.exitCode ?? ""}` : Action,
      containerName: Attributes.name ?? "",
      replica: Attributes["webfarm.replica"] ?? "",
    }));
}

/** Fractions stay: events a moment before the start belong to what was before. */
const seconds = (time: string): number => Date.parse(time) / 1000;
