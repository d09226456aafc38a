import type Docker from "dockerode";
import { answerSeconds, bounded } from "../preflight/bounded";
import { deploymentLabel, labelNames, swarmTaskLabel, type Owner } from "../plan/labels";
import { firstLineOf } from "../errorText";

/** How long a left-over container has to stop. */
const graceSeconds = 10;

/** Whose containers are looked at. */
export interface SweepScope extends Owner {
  /** Identity of the deployment, without which a container counts as somebody else's. */
  deployment: string;
}

/** Options of {@link sweep}. */
export interface SweepOptions {
  /** Names of the containers that serve now or did before this `up`: never touched. */
  listed: readonly string[];
  /** Ids of the containers that Pulumi knows; asked only when something is not listed. */
  inState: () => Promise<ReadonlySet<string>>;
  log: (line: string) => void;
}

/**
 * Removes the containers that an interrupted `up` left behind: they carry this deployment's labels and no
 * state knows them, so nothing else would ever remove them. What cannot be told for certain stays.
 */
export async function sweep(engine: Docker, scope: SweepScope, options: SweepOptions): Promise<void> {
  const { log } = options;
  const unlisted = (await containersOf(engine, scope)).filter(({ name }) => !options.listed.includes(name));
  if (unlisted.length === 0) return;
  const names = (containers: readonly { name: string }[]) => containers.map(({ name }) => name).join(" ");
  let known: ReadonlySet<string>;
  try {
    known = await options.inState();
  } catch (error) {
    log(
      `${scope.service}: cannot tell whether the state knows ${names(unlisted)}, so they stay (${firstLineOf(error)}); ` +
        `if it does not: docker rm --force ${names(unlisted)}`,
    );
    return;
  }
  for (const { id, name } of unlisted.filter(({ id }) => !known.has(id))) {
    await removeContainer(engine.getContainer(id));
    log(`${scope.service}: removed ${name}, which an interrupted up had left behind`);
  }
}

/** All containers of a service in this deployment, running or not; a swarm's tasks are the swarm's. */
async function containersOf(engine: Docker, scope: SweepScope): Promise<{ id: string; name: string }[]> {
  const label = [
    `${labelNames.stack}=${scope.stack}`,
    `${labelNames.farm}=${scope.farm}`,
    `${labelNames.service}=${scope.service}`,
    `${deploymentLabel}=${scope.deployment}`,
  ];
  const found = await bounded(engine.listContainers({ all: true, filters: { label } }));
  return found
    .filter(({ Labels }) => !(swarmTaskLabel in Labels))
    .map(({ Id, Names }) => ({ id: Id, name: (Names[0] ?? "").replace(/^\//, "") }));
}

/** Stops a container and removes it; one that is gone is no fault. */
export async function removeContainer(container: Docker.Container): Promise<void> {
  try {
    await bounded(container.stop({ t: graceSeconds }), graceSeconds + answerSeconds).catch(unless(304));
    await bounded(container.remove({ force: true, v: true }));
  } catch (error) {
    unless(404)(error);
  }
}

function unless(status: number): (error: unknown) => void {
  return (error) => {
    if ((error as { statusCode?: number }).statusCode !== status) throw error;
  };
}
