import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prepareImages } from "../../toolchain/images";
import { EngineFront } from "../support/engineFront";
import { Load } from "../support/load";
import { OwnEngine } from "../support/ownEngine";
import { replicasSeen, ScaleSetProject } from "../support/scaleSet";
import { writeSurprises, type EngineFaultRow } from "./report";

const publish = 8080;
/** Room for the images twice; it is taken from the memory. */
const diskMb = 900;
const patienceSeconds = 100;
const testMs = 240_000;
/** How long the front holds a request up, so that something can happen to the engine before. */
const holdMs = 3000;

let engine: OwnEngine;
let front: EngineFront;
let web: ScaleSetProject;
let url: string;
let webapp: string;
let proxy: string;
let generation = 1;
const rows: EngineFaultRow[] = [];

beforeAll(async () => {
  const whyNot = OwnEngine.whyNot();
  if (whyNot !== undefined) throw new Error(`these faults need an engine of their own: ${whyNot}`);
  const shared = new Docker();
  ({ webapp, proxy } = await prepareImages({ docker: shared, log: () => undefined }));
  engine = await OwnEngine.start({ diskMb });
  await engine.takeImages(shared, [webapp, proxy]);
  front = await EngineFront.open(engine);
  url = engine.url(publish);
  web = await ScaleSetProject.create(
    {
      service: {
        platform: "linux",
        image: webapp,
        replicas: 2,
        ports: [{ container: 80 }],
        healthCheck: { intervalSeconds: 1 },
        stopGraceSeconds: 2,
        restart: "always",
      },
      proxy: { build: { baseImage: proxy }, publish, reload: { drainSeconds: 2 } },
    },
    { engine: front },
  );
  await web.up();
});

afterAll(async () => {
  await writeSurprises(rows);
  front.suffer();
  await web
    .remove()
    .finally(() => front.close())
    .finally(() => engine.stop());
});

const roll = (image = webapp) => web.change({ service: { generation: String(++generation), image } });

/** An `up` that fails in time and says why. */
async function badUp(what: string, words: RegExp): Promise<string> {
  const started = Date.now();
  const { exitCode, output } = await web.project.run("up", "--yes", "--skip-preview");
  const seconds = (Date.now() - started) / 1000;
  expect(exitCode, output).not.toBe(0);
  expect(seconds).toBeLessThan(patienceSeconds);
  const [said] = words.exec(output) ?? [];
  expect(said, output).toBeDefined();
  rows.push({ engine: what, seconds, words: said ?? "" });
  return output;
}

/** The next `up` puts all in order, and nothing is left over but what is listed. */
async function mended(others: string[] = []): Promise<void> {
  front.suffer();
  await web.expect("up", "--refresh", "--yes", "--skip-preview");
  expect(await replicasSeen(url)).toEqual(["web-1", "web-2"]);
  const ours = [...(await web.names()), ...(await web.names("proxy"))];
  expect(ours).toHaveLength(3);
  const all = await engine.docker.listContainers({ all: true });
  expect(all.map(({ Names }) => (Names[0] ?? "").slice(1)).sort()).toEqual([...ours, ...others].sort());
  await web.expect("preview", "--expect-no-changes");
}

/** Does something while the first creation of a replica is on its way to the engine. */
function beforeCreation(work: (name: string) => Promise<unknown>): { done: () => Promise<unknown> } {
  let working: Promise<unknown> | undefined;
  front.suffer((request) => {
    const name = /^POST \S*\/containers\/create\?name=(web-\d[^ &]*)/.exec(request)?.[1];
    if (name === undefined || working !== undefined) return undefined;
    working = work(name);
    return { delayMs: holdMs };
  });
  return { done: () => working ?? Promise.reject(new Error("nothing was created")) };
}

describe("between plan and creation", () => {
  it("the name is taken by a foreign container: it is left alone", { timeout: testMs }, async () => {
    const load = new Load(url, { fresh: 1, restMs: 20 });
    const options = { Image: webapp, Entrypoint: ["sleep", "600"] };
    let foreign: Docker.Container | undefined;
    const surprise = beforeCreation(async (name) => {
      foreign = await engine.docker.createContainer({ name, ...options });
    });
    await roll();
    await badUp(
      "has given the new replica's name to a foreign container",
      /name "\/web-\S+ is already in use/,
    );
    await surprise.done();
    const { Name = "", Config } = (await foreign?.inspect()) ?? {};
    expect(Config?.Entrypoint).toEqual(options.Entrypoint);
    await mended([Name.slice(1)]);
    expect((await load.stop()).failures).toEqual({});
    await foreign?.remove({ force: true });
  });

  it("the image is removed: it is named", { timeout: testMs }, async () => {
    const load = new Load(url, { fresh: 1, restMs: 20 });
    const gone = "webfarm-test/gone:1";
    await engine.docker.getImage(webapp).tag({ repo: "webfarm-test/gone", tag: "1" });
    const surprise = beforeCreation(() => engine.docker.getImage(gone).remove());
    await roll(gone);
    await badUp("has lost the image", /[Nn]o such image: webfarm-test\/gone:1|Unable to find image\D*gone:1/);
    await surprise.done();
    await roll();
    await mended();
    expect((await load.stop()).failures).toEqual({});
  });
});

it(
  "a disk that is full fails the build, and the next up has the proxy built",
  { timeout: testMs },
  async () => {
    const load = new Load(url, { fresh: 1, restMs: 20 });
    // Another parent, so that nothing of the build is in a cache.
    const like = await engine.docker.createContainer({ Image: proxy });
    await like.commit({ repo: "webfarm-test/base", tag: "2" });
    await like.remove();
    const makeRoom = await engine.fillDisk();
    await web.change({ proxy: { build: { baseImage: "webfarm-test/base:2" } } });
    await badUp("has a full disk when the proxy's image is built", /no space left on device/);
    // A proxy with another image is a new proxy: nothing answers while it is replaced.
    expect((await load.stop()).failures).toEqual({});
    await makeRoom();
    await mended();
  },
);

it(
  "an engine that is restarted in the middle is named, and the next up goes on",
  { timeout: testMs },
  async () => {
    let restarting: Promise<void> | undefined;
    front.suffer((request) => {
      if (/^POST \S*\/containers\/create/.test(request)) restarting ??= engine.endDaemon("SIGTERM");
      return undefined;
    });
    await roll();
    const up = badUp(
      "is restarted while replicas are created",
      /Cannot connect to the Docker daemon|Unable to (create|start) container|Error response from daemon/,
    );
    // The engine comes back whatever the `up` said.
    await up.finally(async () => {
      await restarting;
      await engine.startDaemon();
    });
    await mended();
  },
);
