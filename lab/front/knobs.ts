/** How the host and its cells misbehave, by choice; the same seed misbehaves in the same way. */
export interface FrontKnobs {
  /** Variables for the cells, such as `WEBFARM_LAB_NEGATIVE_SECONDS`; lab/README.md has their list. */
  environment?: Readonly<Record<string, string>>;
  /** Name servers that cells ask beside the engine's own. @default none */
  dns?: readonly string[];
  /** Containers start this many seconds late, from the first figure to the second. @default at once */
  startSeconds?: readonly [number, number];
  /** A process that is run in a container starts this many seconds late. @default at once */
  execSeconds?: readonly [number, number];
  /** @default 1 */
  seed?: number;
}

/** Draws the delays that the knobs ask for. */
export class Delays {
  #state: number;

  constructor(private readonly knobs: FrontKnobs) {
    this.#state = knobs.seed ?? 1;
  }

  beforeStart(): Promise<void> {
    return this.#pause(this.knobs.startSeconds);
  }

  beforeExec(): Promise<void> {
    return this.#pause(this.knobs.execSeconds);
  }

  /** A number from 0 to 1: mulberry32, which is short and gives the same row everywhere. */
  draw(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  async #pause(range: readonly [number, number] | undefined): Promise<void> {
    if (range === undefined) return;
    const seconds = range[0] + (range[1] - range[0]) * this.draw();
    await new Promise((done) => setTimeout(done, seconds * 1000));
  }
}
