import { afterAll, beforeAll, expect, it } from "vitest";
import { prepareImages } from "../../toolchain/images";
import { eventually, freePort } from "../support/engine";
import { Load, type LoadReport } from "../support/load";
import { replicasSeen, ScaleSetProject } from "../support/scaleSet";

let web: ScaleSetProject;
let url: string;

beforeAll(async () => {
  web = await ScaleSetProject.create({ service: { image: "" }, proxy: { image: "" } }, { runSeconds: 400 });
  const images = await prepareImages({ docker: web.docker, log: () => undefined });
  const publish = await freePort();
  url = `http://localhost:${publish}`;
  await web.change({
    service: {
      platform: "linux",
      image: images.webapp,
      replicas: 2,
      ports: [{ container: 80 }],
      // Every check is a process: two hundred of them every two seconds would be the whole load.
      healthCheck: { intervalSeconds: 20, startPeriodSeconds: 300, timeoutSeconds: 60 },
      stopGraceSeconds: 5,
    },
    proxy: { image: images.proxy, publish },
  });
  await web.up();
});

afterAll(() => web.remove());

it("scales 2 -> 200 -> 2 without losing a request, and every replica serves", async () => {
  const load = new Load(url, { fresh: 1, kept: 1 });
  const reports: LoadReport[] = [];
  const look = () => {
    reports.push(load.take());
    return new Set(reports.flatMap(({ answers }) => Object.keys(answers))).size;
  };
  const up = async (change: string, replicas: number) => {
    const started = Date.now();
    await web.change({ service: { replicas } });
    await web.up();
    console.log(`${change}: ${((Date.now() - started) / 1000).toFixed(0)} s`);
  };
  await up("2 -> 200", 200);
  await eventually("an answer of each of the 200", 120, () =>
    Promise.resolve(look() === 200 ? true : undefined),
  );
  await up("200 -> 2", 2);
  expect(await replicasSeen(url)).toHaveLength(2);
  reports.push(await load.stop());
  console.log(`${reports.reduce((sum, { ok }) => sum + ok, 0)} requests`);
  expect(reports.flatMap(({ failures }) => Object.entries(failures))).toEqual([]);
}, 900_000);
