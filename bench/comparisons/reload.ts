import { createInterface } from "node:readline";
import { freePort } from "../../test/support/engine";
import { againstLimit, resultOf, type BenchContext, type Comparison } from "../comparison";
import { ourFarm } from "../programs";
import { BenchProject } from "../pulumiProject";
import { untilAllServe } from "../serving";

const limitSeconds = 1;

export const reloadComparison: Comparison = {
  letter: "f",
  title: "Reload: from its exec to the last new replica's first answer",
  async run(context) {
    const rounds = context.short ? 1 : 5;
    const figures: number[] = [];
    const port = await freePort();
    const args = { n: 2, image: context.images.webapp, proxy: context.images.proxy, port, generation: "1" };
    const project = await BenchProject.create(ourFarm, args);
    try {
      await project.up();
      for (let round = 0; round <= rounds; round++) {
        context.say(`f: ${round === 0 ? "warm-up" : `round ${round} of ${rounds}`}`);
        const seconds = await scaleOut(context, project, args);
        if (round > 0) figures.push(seconds);
        await project.change(args);
        await project.up();
      }
    } finally {
      await project.remove();
    }
    return [
      resultOf({
        name: "2 -> 5",
        unit: "s",
        ours: { label: "reload", figures },
        other: againstLimit("allowed", limitSeconds, rounds),
        goal: 1,
      }),
    ];
  },
};

async function scaleOut(
  context: BenchContext,
  project: BenchProject,
  args: { port: number },
): Promise<number> {
  const execs = await reloadExecs(context);
  try {
    await project.change({ ...args, n: 5 });
    const url = `http://localhost:${args.port}`;
    const [answers] = await Promise.all([untilAllServe(url, 5), project.up()]);
    const started = execs.times.at(-1);
    if (started === undefined) throw new Error("the engine's events show no reload");
    return (Math.max(...answers.values()) - started) / 1000;
  } finally {
    execs.end();
  }
}

/** When reload scripts were started, as the engine's events tell it. */
async function reloadExecs({ docker }: BenchContext): Promise<{ times: number[]; end: () => void }> {
  const stop = new AbortController();
  const events = await docker.getEvents({
    filters: { event: ["exec_start"] },
    abortSignal: stop.signal,
  });
  const times: number[] = [];
  const lines = createInterface({ input: events }).on("line", (line) => {
    if (/reload-\w+\.sh/.test(line)) times.push(performance.now());
  });
  // An ended stream is what was asked for.
  events.on("error", () => undefined);
  const end = (): void => {
    lines.close();
    stop.abort();
  };
  return { times, end };
}
