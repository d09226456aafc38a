import type Docker from "dockerode";
import { ratioSpread, spreadOf, type Spread } from "./statistics";

/** What a comparison may use. */
export interface BenchContext {
  readonly docker: Docker;
  readonly images: { readonly webapp: string; readonly nextWebapp: string; readonly proxy: string };
  /** The project's own folder. */
  readonly root: string;
  /** Fewer rounds and smaller farms, for every day. */
  readonly short: boolean;
  readonly say: (line: string) => void;
}

/** One thing compared with another. */
export interface Result {
  readonly name: string;
  readonly unit: string;
  readonly ours: Side;
  readonly other: Side;
  /** Ours to the other's, round by round. */
  readonly ratio: Spread;
  /** Up to which ratio the goal is reached; left out where there is none to reach. */
  readonly goal?: number;
  readonly rounds: number;
  /** What the figures do not say. */
  readonly note?: string;
}

export interface Side {
  readonly label: string;
  readonly figures: Spread;
}

/** A group of results that share their set-up. */
export interface Comparison {
  /** Letter by which `--only` names it. */
  readonly letter: string;
  readonly title: string;
  run(context: BenchContext): Promise<Result[]>;
}

/** Figures of both sides, one of each a round. */
export interface Measured {
  readonly name: string;
  readonly unit: string;
  readonly ours: { label: string; figures: readonly number[] };
  readonly other: { label: string; figures: readonly number[] };
  readonly goal?: number;
  readonly note?: string;
}

export function resultOf({ ours, other, ...rest }: Measured): Result {
  return {
    ...rest,
    ours: { label: ours.label, figures: spreadOf(ours.figures) },
    other: { label: other.label, figures: spreadOf(other.figures) },
    ratio: ratioSpread(ours.figures, other.figures),
    rounds: ours.figures.length,
  };
}

/** A limit in place of a second measurement: the ratio then says how much of it is used. */
export function againstLimit(label: string, limit: number, rounds: number): Measured["other"] {
  return { label, figures: Array.from({ length: rounds }, () => limit) };
}

/** Figures of one round by name, such as the seconds of each step. */
export type Figures = Readonly<Record<string, number>>;

/**
 * Measures two sides in turns, after one round that does not count. Every second round begins with the
 * other side, so that what one leaves behind for the other weighs on both.
 */
export async function inTurns<T>(
  { rounds, say }: { rounds: number; say: (line: string) => void },
  ours: () => Promise<T>,
  other: () => Promise<T>,
): Promise<{ ours: T[]; other: T[] }> {
  const figures: { ours: T[]; other: T[] } = { ours: [], other: [] };
  for (let round = 0; round <= rounds; round++) {
    say(round === 0 ? "warm-up" : `round ${round} of ${rounds}`);
    const measureOurs = async () => {
      const value = await ours();
      if (round > 0) figures.ours.push(value);
    };
    const measureOther = async () => {
      const value = await other();
      if (round > 0) figures.other.push(value);
    };
    const order = round % 2 === 0 ? [measureOurs, measureOther] : [measureOther, measureOurs];
    for (const measure of order) await measure();
  }
  return figures;
}

/** Seconds that something takes. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
