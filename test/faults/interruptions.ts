import { randomNumbers } from "../support/randomNumbers";

/** What an update does, in the order in which one farm goes through them. */
export const operations = ["create", "scaleOut", "roll", "scaleIn", "destroy"] as const;
export type Operation = (typeof operations)[number];

/** What is killed in the middle of it; `ctrlC` is one SIGINT to all that the terminal runs. */
export const victims = ["cli", "program", "languageHost", "plugin", "engine", "ctrlC"] as const;
export type Victim = (typeof victims)[number];

/** One update that is interrupted. */
export interface Interruption {
  victim: Victim;
  operation: Operation;
  /** When: as a part of the time that the update takes undisturbed. */
  fraction: number;
}

/**
 * The interruptions of a run: each victim in each operation, at `points` moments spread over the operation. The
 * same seed gives the same ones. A `destroy` runs no program, so there is none to kill.
 */
export function interruptions(seed: number, points: number): Interruption[] {
  const random = randomNumbers(seed);
  return Array.from({ length: points }, (_, point) =>
    victims.flatMap((victim) =>
      operations.map((operation) => ({
        victim,
        operation,
        fraction: 0.1 + (0.8 * (point + random())) / points,
      })),
    ),
  )
    .flat()
    .filter(({ victim, operation }) => operation !== "destroy" || hasProcessInDestroy(victim));
}

function hasProcessInDestroy(victim: Victim): boolean {
  return victim !== "program" && victim !== "languageHost";
}
