import { setTimeout as sleep } from "node:timers/promises";
import { Load } from "../support/load";
import { randomNumbers } from "../support/randomNumbers";
import { measure, growth, type Figures } from "./figures";
import { fewest, home, lost, nameOf, nextStep, serving, type Farm, type Step, type Window } from "./model";
import { SoakFarm } from "./soakFarm";

/** A step that was done, and what the clients saw of it. */
export interface SoakedStep {
  step: Step;
  /** Seconds that the step itself took. */
  seconds: number;
  /** Seconds from then until all who must serve did, and nobody else. */
  settleSeconds: number;
  requests: number;
  /** Failed within a declared window. */
  excused: number;
  lost: number;
}

export interface SoakResult {
  seed: number;
  minutes: number;
  steps: SoakedStep[];
  /** At home, before the first step and after each round. */
  figures: Figures[];
  faults: string[];
}

const stepsOfARound = 8;
/**
 * nginx leaves a replica out for 10 s after a failure. When another one fails within that time, nobody may be left
 * to ask, so replicas are harmed one after the other with more time between.
 */
const betweenHarmsMs = 12_000;
/** A replica that crashes often is started ever later. */
const settleLimitSeconds = 40;
const load = { fresh: 3, kept: 2, slow: 2, restMs: 20 };

/** Breaks and changes a farm at random for some minutes, under load; the same seed does the same in the same order. */
export async function soak(
  minutes: number,
  seed: number,
  say: (line: string) => void,
  progress: (result: SoakResult) => Promise<void> = () => Promise.resolve(),
): Promise<SoakResult> {
  const farm = await SoakFarm.create();
  try {
    return await soakFarm(farm, minutes, seed, say, progress);
  } finally {
    await farm.remove();
  }
}

async function soakFarm(
  farm: SoakFarm,
  minutes: number,
  seed: number,
  say: (line: string) => void,
  progress: (result: SoakResult) => Promise<void>,
): Promise<SoakResult> {
  const random = randomNumbers(seed);
  const started = Date.now();
  const isOver = () => Date.now() - started > minutes * 60_000;
  const result: SoakResult = { seed, minutes: 0, steps: [], figures: [await measure(farm)], faults: [] };
  const watch = new Watch(farm);
  // Once something is wrong, the model does not know any more what the farm is.
  const goesOn = () => result.faults.length === 0;
  let lastFault = 0;
  const take = async (step: Step) => {
    const isFault = step.kind === "harm" || step.kind === "outage";
    if (isFault) await sleep(Math.max(0, lastFault + betweenHarmsMs - Date.now()));
    const { done, faults } = await watch.during(step, random);
    if (isFault || step.kind === "repair") lastFault = Date.now();
    result.steps.push(done);
    result.faults.push(...faults);
    say(stepLine(done));
    for (const fault of faults) say(`    ${fault}`);
    if (faults.length === 0) return;
    for (const line of await farm.diagnosis().catch((error: unknown) => [String(error)])) say(`      ${line}`);
  };
  while (!isOver() && goesOn()) {
    watch.begin();
    for (let count = 0; count < stepsOfARound && !isOver() && goesOn(); count++) {
      await take(nextStep(farm.farm, random));
    }
    for (const step of wayHome(farm.farm)) if (goesOn()) await take(step);
    result.faults.push(...(await watch.end()));
    if (!goesOn()) break;
    await farm.web.expect("preview", "--expect-no-changes");
    const figures = await measure(farm);
    result.figures.push(figures);
    const grown = growth(result.figures[0] ?? figures, figures);
    result.faults.push(...grown);
    if (grown.length > 0) say(`    the proxy has ${(await farm.inProxy("ls", "/webfarm")).join(" ")}`);
    result.minutes = (Date.now() - started) / 60_000;
    await progress(result);
  }
  result.minutes = (Date.now() - started) / 60_000;
  return result;
}

function wayHome({ broken, replicas }: Farm): Step[] {
  return [
    ...(broken === undefined ? [] : [{ kind: "repair" } as const]),
    ...(replicas === home.replicas ? [] : [{ kind: "scale", replicas: fewest } as const]),
  ];
}

/** Looks on with clients' eyes. */
class Watch {
  private load: Load | undefined;
  private readonly windows: Window[] = [];

  constructor(private readonly farm: SoakFarm) {}

  begin(): void {
    this.load = new Load(this.farm.url, load);
  }

  /** Ends the load; the last requests are judged too. */
  async end(): Promise<string[]> {
    const report = await this.load?.stop();
    return lost(report?.failedRequests ?? [], this.windows).map(lostLine);
  }

  async during(step: Step, random: () => number): Promise<{ done: SoakedStep; faults: string[] }> {
    const { farm } = this;
    const before = serving(farm.farm);
    const from = Date.now();
    const thrown = await farm.take(step, random).then(
      () => [],
      (error: unknown) => [String(error)],
    );
    const ended = Date.now();
    if (step.kind === "outage") this.windows.push({ from, to: ended });
    const report = this.take();
    const allowed = [...before, ...serving(farm.farm)];
    const strangers = Object.keys(report.answers).filter((answer) => !allowed.includes(answer));
    const settling = await this.settle();
    const settled = Date.now();
    const failures = [...report.failedRequests, ...settling.failures];
    const missed = lost(failures, this.windows);
    return {
      done: {
        step,
        seconds: (ended - from) / 1000,
        settleSeconds: (settled - ended) / 1000,
        requests: report.ok + settling.requests,
        excused: failures.length - missed.length,
        lost: missed.length,
      },
      faults: [
        ...thrown,
        ...missed.slice(0, 5).map(lostLine),
        ...strangers.map((answer) => `${answer} answered, which is neither old nor new`),
        ...settling.faults,
        ...(thrown.length > 0 ? [] : await farm.faults().catch((error: unknown) => [String(error)])),
      ],
    };
  }

  private take() {
    if (this.load === undefined) throw new Error("no load runs");
    return this.load.take();
  }

  /** Until all who must serve have answered in one second, and nobody else has. */
  private async settle() {
    const expected = serving(this.farm.farm).sort().join(" ");
    const deadline = Date.now() + settleLimitSeconds * 1000;
    const failures: (Window & { failure: string })[] = [];
    let requests = 0;
    for (;;) {
      await sleep(1000);
      const { answers, ok, failedRequests } = this.take();
      requests += ok;
      failures.push(...failedRequests);
      const seen = Object.keys(answers).sort().join(" ");
      if (seen === expected) return { requests, failures, faults: [] };
      if (Date.now() > deadline) {
        const fault = `after ${settleLimitSeconds} s ${seen} answer, not ${expected}`;
        return { requests, failures, faults: [fault] };
      }
    }
  }
}

function lostLine({ failure, from, to }: Window & { failure: string }): string {
  return `lost: ${failure} at ${new Date(to).toISOString()} after ${to - from} ms`;
}

/** One step for a person who looks on. */
function stepLine({ step, seconds, settleSeconds, requests, excused, lost }: SoakedStep): string {
  return (
    `${nameOf(step)}: ${seconds.toFixed(1)} s, settled after ${settleSeconds.toFixed(1)} s more; ` +
    `${requests} requests, ${excused} failed in its window, ${lost} lost`
  );
}
