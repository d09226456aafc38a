import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prepareImages } from "../../toolchain/images";
import { webappReference, webappVersions } from "../../toolchain/images/imageNames";
import { freePort } from "../support/engine";
import { composeChanges } from "../support/composeChanges";
import { dockerCompose } from "../support/dockerCompose";
import { Load } from "../support/load";
import { loadTable, rowDuring, type LoadRow } from "../support/loadTable";
import { replicasSeen, ScaleSetProject, tlsFixture } from "../support/scaleSet";

/** Requests in all, over every change. */
const enough = 100_000;

let web: ScaleSetProject;
let images: Awaited<ReturnType<typeof prepareImages>>;
let plainUrl: string;
let tlsPort: number;

const tls = (name: "first" | "renewed") => ({
  certificate: tlsFixture(`${name}.crt`),
  key: tlsFixture(`${name}.key`),
});

beforeAll(async () => {
  web = await ScaleSetProject.create({ service: { image: "" }, proxy: { image: "" } });
  images = await prepareImages({ docker: web.docker, log: () => undefined });
  const plainPort = await freePort();
  tlsPort = await freePort();
  plainUrl = `http://localhost:${plainPort}`;
  await web.change({
    service: { platform: "linux", image: images.webapp, replicas: 2, ports: [{ container: 80 }] },
    proxy: {
      image: images.proxy,
      publish: tlsPort,
      tls: { ...tls("first"), publishHttp: plainPort, redirect: false },
    },
  });
  await web.up();
});

afterAll(() => web.remove());

/** The name in the certificate that a new connection is shown. */
function certificateName(): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ port: tlsPort, host: "localhost", rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

const shape = { fresh: 6, kept: 8, slow: 4 };
const rows: LoadRow[] = [];
const total = () => rows.reduce((sum, { report }) => sum + report.ok, 0);

describe("under load", () => {
  let load: Load;
  let tlsLoad: Load;
  let proxy: string[];

  beforeAll(async () => {
    load = new Load(plainUrl, shape);
    tlsLoad = new Load(`https://localhost:${tlsPort}`, { fresh: 1, kept: 1 });
    proxy = await web.names("proxy");
  });

  const during = async (change: string, work: () => Promise<unknown>) => {
    rows.push(await rowDuring(load, change, work));
  };
  const up = (change: string, args: Parameters<ScaleSetProject["change"]>[0]) =>
    during(change, async () => {
      await web.change(args);
      await web.up();
    });

  it("scales out and in", async () => {
    await up("2 -> 5", { service: { replicas: 5 } });
    await during("5 replicas", async () => {
      expect(await replicasSeen(plainUrl, 60)).toEqual([1, 2, 3, 4, 5].map((number) => `web-${number}`));
    });
    await up("5 -> 2", { service: { replicas: 2 } });
    await during("2 replicas", async () => {
      expect(await replicasSeen(plainUrl)).toEqual(["web-1", "web-2"]);
    });
  }, 180_000);

  it("rolls to another image and to another environment", async () => {
    await up("image roll", { service: { image: webappReference(webappVersions[1]), generation: "2" } });
    await up("env roll", { service: { environment: { COLOUR: "blue" }, generation: "3" } });
  }, 180_000);

  it("keeps the good generation when a new one is not healthy", async () => {
    await web.change({ service: { environment: { PORT: "81" }, generation: "4" } });
    await during("bad roll", async () => {
      const bad = await web.project.run("up", "--yes", "--skip-preview");
      expect(bad.exitCode).not.toBe(0);
      expect(bad.output).toMatch(/replicas? (is|are) not healthy/);
    });
    await up("good again", { service: { environment: {}, generation: "5" } });
  }, 180_000);

  it("renews its certificate in the running proxy", async () => {
    expect(await certificateName()).toBe("first.webfarm.example");
    const publishHttp = Number(new URL(plainUrl).port);
    await up("TLS renewal", { proxy: { tls: { ...tls("renewed"), publishHttp, redirect: false } } });
    expect(await certificateName()).toBe("renewed.webfarm.example");
    expect(await web.names("proxy")).toEqual(proxy);
  }, 180_000);

  it("lost no request and gave no wrong answer in all of that", async () => {
    for (let round = 0; total() < enough && round < 30; round++) {
      await during("no change", () => new Promise((resolve) => setTimeout(resolve, 2000)));
    }
    rows.push({ change: "the last ones", seconds: 0, report: await load.stop() });
    rows.push({ change: "TLS clients", seconds: 0, report: await tlsLoad.stop() });
    for (const { change, report } of rows) expect([change, report.failures]).toEqual([change, {}]);
    expect(total()).toBeGreaterThanOrEqual(enough);
    const answered = new Set(rows.flatMap(({ report }) => Object.keys(report.answers)));
    expect([...answered].filter((who) => who.endsWith("/4"))).toEqual([]);
    expect([...answered]).toEqual(expect.arrayContaining(["web-5/1", "web-1/2", "web-2/3", "web-2/5"]));
  }, 180_000);

  it("is compared with docker compose, which loses requests", async () => {
    const compose = await dockerCompose();
    const version = (await compose(".", ["version"])).split(/[\n,]/)[0] ?? "";
    const composed = await composeChanges(compose, images, shape);
    console.log(
      loadTable([...rows, ...composed.map((row) => ({ ...row, change: `${row.change} (docker compose)` }))]),
    );
    console.log(`the last ones: ${version}`);
    expect(composed.reduce((sum, { report }) => sum + report.failed, 0)).toBeGreaterThan(0);
  }, 120_000);

  it("has nothing to do afterwards", async () => {
    await web.expect("preview", "--diff", "--expect-no-changes");
    await web.expect("refresh", "--yes", "--expect-no-changes");
  });
});
