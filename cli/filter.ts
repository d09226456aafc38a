import type { FarmContainer, FarmFilter } from "./engine/farmContainers";
import { CommandError, exitCodes } from "./exitCodes";

/** Which farms a command line is about. */
export function filterOf(farm: string | undefined, { stack }: { stack?: string }): FarmFilter {
  return { ...(farm === undefined ? {} : { farm }), ...(stack === undefined ? {} : { stack }) };
}

/**
 * The one farm that a command is for.
 *
 * @throws CommandError when there is none, or when more than one could be meant
 */
export function oneFarm(containers: readonly FarmContainer[], asked: string | undefined): FarmContainer[] {
  const keys = [...new Set(containers.map(({ stack, farm }) => `${farm} --stack ${stack}`))];
  if (keys.length === 0) {
    throw asked === undefined
      ? new CommandError("there is no farm on the engine", "look at webfarm doctor", exitCodes.found)
      : noSuchFarm(asked);
  }
  if (keys.length > 1) {
    throw new CommandError(
      `more than one farm is meant: ${keys.join("; ")}`,
      "name one of them",
      exitCodes.usage,
    );
  }
  return [...containers];
}

/** What is said when there is no farm of a name. */
export function noSuchFarm(farm: string): CommandError {
  return new CommandError(
    `there is no farm ${farm} on the engine`,
    "webfarm status lists those that are there",
    exitCodes.found,
  );
}
