/** What can be wrong with a farm that runs; docs/11-command.md says what each of them means. */
export const findingCodes = [
  "notRunning",
  "paused",
  "unhealthy",
  "starting",
  "notInRotation",
  "unresolved",
  "gone",
  "twice",
  "changedByHand",
  "oldConfiguration",
  "noProxy",
  "notPlaced",
  "tooFew",
  "taskFailed",
  "updating",
  "updateStopped",
  "rolledBack",
  "membership",
  "manager",
  "managers",
  "quorum",
  "nodeDown",
  "nodeAway",
] as const;

/** One of {@link findingCodes}. */
export type FindingCode = (typeof findingCodes)[number];

/** Something about a farm that a person should know. */
export interface Finding {
  code: FindingCode;
  /** False for what passes by itself. */
  problem: boolean;
  message: string;
  /** What to do. */
  hint: string;
}

/** A problem, or with `false` what passes by itself. */
export function finding(code: FindingCode, message: string, hint: string, problem = true): Finding {
  return { code, problem, message, hint };
}
