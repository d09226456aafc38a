import { afterAll, beforeAll, expect, it } from "vitest";
import { exec } from "../../sdk/reload/exec";
import { prepareImages } from "../../toolchain/images";
import { EngineFixture, freePort } from "../support/engine";
import { Load } from "../support/load";
import { replicasSeen, ScaleSetProject } from "../support/scaleSet";

// Two at the same stack: test/e2e/recovery.test.ts.

interface Operator {
  web: ScaleSetProject;
  url: string;
}

const { docker } = new EngineFixture();
const operators: Operator[] = [];

beforeAll(async () => {
  const { webapp, proxy } = await prepareImages({ docker, log: () => undefined });
  for (const generation of ["a", "b"]) {
    const publish = await freePort();
    const web = await ScaleSetProject.create({
      // Both call theirs the same.
      service: {
        platform: "linux",
        image: webapp,
        replicas: 2,
        generation,
        ports: [{ container: 80 }],
        healthCheck: { intervalSeconds: 1 },
        stopGraceSeconds: 2,
      },
      proxy: { image: proxy, publish, reload: { drainSeconds: 2 } },
    });
    operators.push({ web, url: `http://localhost:${publish}` });
  }
});

afterAll(() => Promise.all(operators.map(({ web }) => web.remove())));

it("two farms of the same names are made, rolled and scaled at once, and each keeps to its own", async () => {
  await Promise.all(operators.map(({ web }) => web.up()));
  const loads = operators.map(({ url }) => new Load(url, { fresh: 2, restMs: 10 }));
  const change = async (args: Parameters<ScaleSetProject["change"]>[0][]) => {
    await Promise.all(
      operators.map(async ({ web }, index) => {
        await web.change(args[index] ?? {});
        await web.up();
      }),
    );
  };
  await change([{ service: { replicas: 3 } }, { service: { generation: "b2" } }]);
  await change([{ service: { generation: "a2" } }, { service: { replicas: 3 } }]);
  await change([{ service: { replicas: 2 } }, { service: { replicas: 2 } }]);

  const reports = await Promise.all(loads.map((load) => load.stop()));
  expect(reports.map(({ failures }) => failures)).toEqual([{}, {}]);
  for (const [index, own] of ["a", "b"].entries()) {
    const generations = Object.keys(reports[index]?.answers ?? {}).map((answer) => answer.split("/")[1]?.[0]);
    expect([...new Set(generations)]).toEqual([own]);
  }
  for (const { web, url } of operators) {
    expect(await replicasSeen(url)).toEqual(["web-1", "web-2"]);
    expect(await web.names()).toHaveLength(2);
    await web.expect("preview", "--expect-no-changes");
  }
});

it("four reloads by hand at one moment wait for each other", async () => {
  const [first] = operators;
  if (first === undefined) throw new Error("no farm");
  const load = new Load(first.url, { fresh: 2, restMs: 10 });
  const [name = ""] = await first.web.names("proxy");
  const reload = () => exec(docker.getContainer(name), ["sh", "/webfarm/reload.sh"], { timeoutSeconds: 100 });
  const ended = await Promise.all([reload(), reload(), reload(), reload()]);
  for (const { exitCode, lines } of ended) {
    expect(exitCode).toBe(0);
    expect(lines.join("\n")).toContain("in force");
  }
  expect((await load.stop()).failures).toEqual({});
});
