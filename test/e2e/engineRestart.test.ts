import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prepareImages } from "../../toolchain/images";
import { eventually } from "../support/engine";
import { OwnEngine } from "../support/ownEngine";
import { replicasSeen, ScaleSetProject } from "../support/scaleSet";

const whyNot = OwnEngine.whyNot();
if (whyNot !== undefined) console.log(`skipped: no engine of the test's own: ${whyNot}`);

const both = ["web-1", "web-2"];
const publish = 8080;

describe.skipIf(whyNot !== undefined)("a farm on an engine", () => {
  let engine: OwnEngine;
  let web: ScaleSetProject;

  beforeAll(async () => {
    const shared = new Docker();
    const { webapp, proxy } = await prepareImages({ docker: shared, log: () => undefined });
    engine = await OwnEngine.start();
    await engine.takeImages(shared, [webapp, proxy]);
    web = await ScaleSetProject.create(
      {
        service: { platform: "linux", image: webapp, replicas: 2, ports: [{ container: 80 }] },
        proxy: { image: proxy, publish },
      },
      { engine },
    );
    await web.up();
  }, 180_000);

  afterAll(async () => {
    await web.remove();
    await engine.stop();
  });

  const backAfter = async (what: string, end: () => Promise<void>) => {
    const containers = [...(await web.names()), ...(await web.names("proxy"))];
    await end();
    const since = Date.now();
    await engine.startDaemon();
    const seconds = () => ((Date.now() - since) / 1000).toFixed(1);
    const answers = seconds();
    await eventually(`both replicas after ${what}`, 60, async () =>
      (await replicasSeen(engine.url(publish), 10)).join() === both.join() ? true : undefined,
    );
    console.log(`${what}: the engine answers after ${answers} s, both replicas after ${seconds()} s`);
    expect([...(await web.names()), ...(await web.names("proxy"))]).toEqual(containers);
    await web.expect("refresh", "--yes", "--expect-no-changes");
  };

  it("is back without help after the engine was restarted", () =>
    backAfter("engine restarted", () => engine.endDaemon("SIGTERM")));

  it("is back without help after a power cut", () => backAfter("power cut", () => engine.powerCut()));

  // Engines on Linux stop what runs at such a start, and take that for the wish of a user: only `always` counts.
  it("is back without help after the engine alone was killed", async () => {
    await web.change({ service: { restart: "always" } });
    await web.up();
    await backAfter("engine killed", () => engine.endDaemon("SIGKILL"));
  });
});
