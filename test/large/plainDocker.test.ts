import Docker from "dockerode";
import { expect, it } from "vitest";
import { plainFarm } from "../../bench/programs";
import { prepareImages } from "../../toolchain/images";
import { eventually, freePort, uniqueName } from "../support/engine";
import { Load } from "../support/load";
import { loadTable, rowDuring, type LoadRow } from "../support/loadTable";
import { TestProject } from "../support/project";

/** The same containers written by hand on @pulumi/docker, under the load of test/e2e/proxiedScaleSet.test.ts. */
it("plain @pulumi/docker loses requests in a roll that a scale set makes without loss", async () => {
  const images = await prepareImages({ docker: new Docker(), log: () => undefined });
  const stem = uniqueName("plain");
  const args = {
    n: 2,
    image: images.webapp,
    proxy: images.proxy,
    port: await freePort(),
    generation: "1",
    stem,
  };
  const project = await TestProject.create({
    "Pulumi.yaml": `name: ${stem}\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.js\n`,
    "package.json": "{}",
    "index.js": `const args = JSON.parse(require("node:fs").readFileSync("args.json", "utf8"));\n${plainFarm}`,
    "args.json": JSON.stringify(args),
  });
  const up = async () => {
    const { exitCode, output } = await project.run("up", "--yes", "--skip-preview");
    expect(exitCode, output).toBe(0);
  };
  const url = `http://localhost:${args.port}`;
  const rows: LoadRow[] = [];
  try {
    await up();
    await eventually("an answer", 30, async () => ((await fetch(url)).ok ? true : undefined));
    const load = new Load(url, { fresh: 6, kept: 8, slow: 4 });
    try {
      await project.write("args.json", JSON.stringify({ ...args, generation: "2" }));
      rows.push(await rowDuring(load, "roll", up));
      rows.push(
        await rowDuring(load, "10 s after it", () => new Promise((done) => setTimeout(done, 10_000))),
      );
    } finally {
      await load.stop();
    }
  } finally {
    await project.run("destroy", "--yes", "--skip-preview");
    await project.remove();
  }
  console.log(loadTable(rows));
  expect(rows[0]?.report.failed).toBeGreaterThan(0);
}, 240_000);
