/** Median, least and greatest of some figures. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly greatest: number;
}

export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error("no figures, so no median");
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), least: Math.min(...values), greatest: Math.max(...values) };
}

/** Ours to the other's, round by round: a machine that is slow for a minute slows both of a round. */
export function ratioSpread(ours: readonly number[], other: readonly number[]): Spread {
  if (ours.length !== other.length) throw new Error("a ratio needs both figures of each round");
  return spreadOf(ours.map((value, round) => value / (other[round] ?? NaN)));
}
