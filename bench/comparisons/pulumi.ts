import { freePort, uniqueName } from "../../test/support/engine";
import { inTurns, resultOf, secondsOf, type BenchContext, type Comparison, type Result } from "../comparison";
import { median } from "../statistics";
import { ourFarm, plainFarm } from "../programs";
import { BenchProject } from "../pulumiProject";

/** Seconds of each command in the life of a stack. */
interface Cycle {
  readonly preview: number;
  readonly up: number;
  /** Seconds of `up` that went into waiting for healthy containers. */
  readonly gate: number;
  readonly "preview without changes": number;
  readonly "up without changes": number;
  readonly destroy: number;
}

const steps = ["preview", "up", "preview without changes", "up without changes", "destroy"] as const;

/** The plugin's own work is what both have in common; ours may add a tenth. */
const goals: Partial<Record<(typeof steps)[number], number>> = { preview: 1.1, up: 1.1 };

export const pulumiComparison: Comparison = {
  letter: "a",
  title: "A farm against the same containers written by hand on @pulumi/docker",
  async run(context) {
    const sizes = context.short ? [1, 10] : [1, 10, 50, 200];
    const results: Result[] = [];
    const upSeconds = new Map<number, number>();
    for (const n of sizes) {
      const { results: ofSize, up } = await compareSize(context, n);
      results.push(...ofSize);
      upSeconds.set(n, up);
    }
    return [...results, ...growth(upSeconds)];
  },
};

async function compareSize(context: BenchContext, n: number): Promise<{ results: Result[]; up: number }> {
  const rounds = context.short ? 2 : n >= 200 ? 3 : 5;
  const say = (line: string): void => {
    context.say(`a: ${n} replicas: ${line}`);
  };
  const { webapp: image, proxy } = context.images;
  const args = { n, image, proxy, port: await freePort(), generation: "1", stem: uniqueName("bench") };
  const figures = await inTurns(
    { rounds, say },
    () => cycle(ourFarm, args),
    () => cycle(plainFarm, args),
  );
  const results = steps.map((step) => {
    const withoutGate = (of: Cycle) => of[step] - (step === "up" ? of.gate : 0);
    const gate = median(figures.ours.map((of) => of.gate));
    const goal = goals[step];
    return resultOf({
      name: `${step}, ${n} replicas`,
      unit: "s",
      ours: { label: "our farm", figures: figures.ours.map(withoutGate) },
      other: { label: "by hand", figures: figures.other.map(withoutGate) },
      ...(goal === undefined ? {} : { goal }),
      ...(step === "up"
        ? { note: `without the wait until all are healthy, ${gate.toFixed(1)} s, which the other skips` }
        : {}),
    });
  });
  return { results, up: median(figures.ours.map(({ up, gate }) => up - gate)) };
}

async function cycle(program: string, args: object): Promise<Cycle> {
  const project = await BenchProject.create(program, args);
  try {
    const preview = await secondsOf(() => project.run("preview"));
    let output = "";
    const up = await secondsOf(async () => {
      ({ output } = await project.up());
    });
    return {
      preview,
      up,
      gate: gateSeconds(output),
      "preview without changes": await secondsOf(() => project.run("preview", "--expect-no-changes")),
      "up without changes": await secondsOf(() => project.up()),
      destroy: await secondsOf(() => project.run("destroy", "--yes", "--skip-preview")),
    };
  } finally {
    await project.remove();
  }
}

/** What the health gates said of their waiting, one gate after the other; the CLI says each line twice. */
export function gateSeconds(output: string): number {
  const said = [...output.matchAll(/(\S+): \d+ of \d+ healthy after ([\d.]+) s/g)];
  const byService = new Map(said.map(([, service, seconds]) => [service, Number(seconds)]));
  return [...byService.values()].reduce((sum, seconds) => sum + seconds, 0);
}

/** Whether each further replica costs the same: the step from 50 to 200 against the one from 10 to 50. */
function growth(up: ReadonlyMap<number, number>): Result[] {
  const [ten, fifty, twoHundred] = [up.get(10), up.get(50), up.get(200)];
  if (ten === undefined || fifty === undefined || twoHundred === undefined) return [];
  return [
    resultOf({
      name: "growth of up",
      unit: "s a replica",
      ours: { label: "50 to 200", figures: [(twoHundred - fifty) / 150] },
      other: { label: "10 to 50", figures: [(fifty - ten) / 40] },
      goal: 1.2,
    }),
  ];
}
