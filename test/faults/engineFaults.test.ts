import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prepareImages } from "../../toolchain/images";
import { freePort } from "../support/engine";
import { EngineFront, type Fault } from "../support/engineFront";
import { Load } from "../support/load";
import { replicasSeen, ScaleSetProject } from "../support/scaleSet";
import { writeEngineFaults, type EngineFaultRow } from "./report";

/** How long a command may take to fail: one answer that does not come, and what goes before and after. */
const patienceSeconds = 100;

let front: EngineFront;
let web: ScaleSetProject;
let url: string;
let generation = 1;
const rows: EngineFaultRow[] = [];

beforeAll(async () => {
  front = await EngineFront.open();
  const { webapp, proxy } = await prepareImages({ docker: front.docker, log: () => undefined });
  const publish = await freePort();
  url = `http://localhost:${publish}`;
  web = await ScaleSetProject.create(
    {
      service: {
        platform: "linux",
        image: webapp,
        replicas: 2,
        ports: [{ container: 80 }],
        healthCheck: { intervalSeconds: 1 },
        stopGraceSeconds: 2,
      },
      proxy: { image: proxy, publish, reload: { drainSeconds: 2 } },
    },
    { engine: front },
  );
  await web.up();
});

afterAll(async () => {
  await writeEngineFaults(rows);
  front.suffer();
  await web.remove();
  await front.close();
});

const roll = () => web.change({ service: { generation: String(++generation) } });

/** An `up` that rolls the service while the engine is bad. */
async function badUp(): Promise<{ output: string; seconds: number }> {
  const started = Date.now();
  const { exitCode, output } = await web.project.run("up", "--yes", "--skip-preview");
  const seconds = (Date.now() - started) / 1000;
  expect(exitCode, output).not.toBe(0);
  expect(seconds).toBeLessThan(patienceSeconds);
  return { output, seconds };
}

/** The next `up`, before a good engine again: everything is in order, and nothing is left over. */
async function mended(): Promise<void> {
  front.suffer();
  await web.expect("up", "--refresh", "--yes", "--skip-preview");
  expect(await replicasSeen(url)).toEqual(["web-1", "web-2"]);
  expect(await web.names()).toHaveLength(2);
  await web.expect("preview", "--expect-no-changes");
}

const only =
  (pattern: RegExp, fault: ReturnType<Fault>): Fault =>
  (request) =>
    pattern.test(request) ? fault : undefined;

describe("an engine", () => {
  it("that is slow only makes the up slow", { timeout: 180_000 }, async () => {
    front.suffer(() => ({ delayMs: 150 }));
    await roll();
    const started = Date.now();
    await web.up();
    const seconds = (Date.now() - started) / 1000;
    expect(front.struck).toBeGreaterThan(20);
    await mended();
    rows.push({ engine: "is slow: 0.15 s more for each answer", seconds, words: "(it succeeds)" });
  });

  it.each([
    ["answers 500 to a create", only(/^POST \S*\/containers\/create/, "500"), /no mercy/],
    ["answers 500 to the gate's and everybody's looks", only(/^GET \S*\/json/, "500"), /no mercy/],
    ["answers 500 to the reload", only(/^POST \S*\/exec$/, "500"), /no mercy/],
    ["cuts the reload off", only(/^POST \S*\/exec\/\S+\/start/, "cut"), /socket hang up|ECONNRESET/],
    ["never answers the reload", only(/^POST \S*\/exec$/, "hang"), /gave no answer within 60 s/],
  ])(
    "that %s fails the up in time and in words, and the next up mends it",
    async (how, fault, words) => {
      const load = new Load(url, { fresh: 1, restMs: 20 });
      front.suffer(fault);
      await roll();
      const { output, seconds } = await badUp();
      const [said] = words.exec(output) ?? [];
      expect(said, output).toBeDefined();
      rows.push({ engine: how, seconds, words: said ?? "" });
      expect(front.struck).toBeGreaterThan(0);
      await mended();
      expect((await load.stop()).failures).toEqual({});
    },
    180_000,
  );

  it("that refuses every connection is named", { timeout: 180_000 }, async () => {
    await front.refuse();
    await roll();
    const { output, seconds } = await badUp();
    expect(output).toContain(front.host.replace("unix://", ""));
    await front.listen();
    await mended();
    const [words = ""] = /Cannot connect to the Docker daemon at [^ ]+/.exec(output) ?? [];
    rows.push({ engine: "refuses every connection", seconds, words: words.replace(/unix:.*/, "SOCKET") });
  });
});
