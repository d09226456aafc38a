const HEARTBEAT_SECONDS = 10;
/** In quiet mode a step is shown once it has taken this long. */
const QUIET_SECONDS = 3;

export interface ProgressOptions {
  /** How many steps there will be. */
  total: number;
  write: (line: string) => void;
  /** Shows only steps that take long. */
  quiet?: boolean;
}

/** What a running step can say. */
export interface StepReport {
  /** What it is doing now; shown at once and repeated by the heartbeat. */
  activity: (text: string) => void;
  /** How far it is; shown by the heartbeat only. */
  detail: (text: string) => void;
  /** What came of it: the text of the step's last line. */
  result: (text: string) => void;
}

/** Tells the user what goes on: a line for each step, and a sign of life when one takes long. */
export class Progress {
  private current = 0;

  constructor(private readonly options: ProgressOptions) {}

  /** A line that belongs to no step; not shown in quiet mode. */
  note(line: string): void {
    if (this.options.quiet !== true) this.options.write(line);
  }

  async step<T>(title: string, work: (report: StepReport) => Promise<T>): Promise<T> {
    this.current += 1;
    const label = `[${this.current}/${this.options.total}] ${title}`;
    const started = Date.now();
    const seconds = (): number => (Date.now() - started) / 1000;
    let activity = "";
    let detail = "";
    let result = "ok";
    const isShown = (): boolean => this.options.quiet !== true || seconds() >= QUIET_SECONDS;
    const heartbeat = setInterval(() => {
      if (isShown()) {
        const doing = [activity, detail].filter((text) => text !== "").join(", ");
        this.options.write(`${label}: ${doing} ... ${Math.round(seconds())} s so far`);
      }
    }, HEARTBEAT_SECONDS * 1000);
    try {
      const value = await work({
        activity: (text) => {
          activity = text;
          detail = "";
          if (isShown()) this.options.write(`${label}: ${text}`);
        },
        detail: (text) => (detail = text),
        result: (text) => (result = text),
      });
      if (isShown()) this.options.write(`${label}: ${result} (${seconds().toFixed(1)} s)`);
      return value;
    } catch (error) {
      this.options.write(`${label}: failed after ${seconds().toFixed(1)} s`);
      throw error;
    } finally {
      clearInterval(heartbeat);
    }
  }
}
