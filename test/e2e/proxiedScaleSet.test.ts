import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prepareImages } from "../../toolchain/images";
import { webappReference, webappVersions } from "../../toolchain/images/imageNames";
import { eventually, freePort } from "../support/engine";
import { Load, type LoadReport } from "../support/load";
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

interface Row {
  change: string;
  seconds: number;
  report: LoadReport;
}

describe("under load", () => {
  it("scales, rolls, refuses a bad roll and renews its certificate without losing a request", async () => {
    const load = new Load(plainUrl, { fresh: 6, kept: 8, slow: 4 });
    const tlsLoad = new Load(`https://localhost:${tlsPort}`, { fresh: 1, kept: 1 });
    const rows: Row[] = [];
    const during = async (change: string, work: () => Promise<unknown>) => {
      const started = Date.now();
      await work();
      rows.push({ change, seconds: (Date.now() - started) / 1000, report: load.take() });
    };
    const changed = (change: Parameters<ScaleSetProject["change"]>[0]) => async () => {
      await web.change(change);
      await web.up();
    };
    const [proxy] = await web.names("proxy");

    await during("2 -> 5", changed({ service: { replicas: 5 } }));
    await during("5 replicas serve", async () => {
      const all = [1, 2, 3, 4, 5].map((number) => `web-${number}`);
      await eventually("all five", 20, async () =>
        (await replicasSeen(plainUrl)).join() === all.join() ? true : undefined,
      );
    });
    await during("5 -> 2", changed({ service: { replicas: 2 } }));
    await during("2 replicas serve", async () => {
      expect(await replicasSeen(plainUrl)).toEqual(["web-1", "web-2"]);
    });
    await during(
      "image roll",
      changed({ service: { image: webappReference(webappVersions[1]), generation: "2" } }),
    );
    await during("env roll", changed({ service: { environment: { COLOUR: "blue" }, generation: "3" } }));
    await during("bad roll", async () => {
      await web.change({ service: { environment: { PORT: "81" }, generation: "4" } });
      const bad = await web.project.run("up", "--yes", "--skip-preview");
      expect(bad.exitCode).not.toBe(0);
      expect(bad.output).toMatch(/replicas? (is|are) not healthy/);
    });
    await during("good again", changed({ service: { environment: {}, generation: "5" } }));
    await during("TLS renewal", async () => {
      expect(await certificateName()).toBe("first.webfarm.example");
      await changed({
        proxy: { tls: { ...tls("renewed"), publishHttp: Number(new URL(plainUrl).port), redirect: false } },
      })();
      expect(await certificateName()).toBe("renewed.webfarm.example");
    });
    const total = () => rows.reduce((sum, { report }) => sum + report.ok, 0);
    while (total() < enough && rows.length < 40) {
      await during("nothing", () => new Promise((resolve) => setTimeout(resolve, 2000)));
    }
    rows.push({ change: "end", seconds: 0, report: await load.stop() });
    rows.push({ change: "TLS clients", seconds: 0, report: await tlsLoad.stop() });

    console.log(tableOf(rows));
    expect(rows.map(({ change, report }) => [change, report.failures])).toEqual(
      rows.map(({ change }) => [change, {}]),
    );
    expect(total()).toBeGreaterThanOrEqual(enough);
    expect(await web.names("proxy")).toEqual([proxy]);
    const bad = rows.flatMap(({ report }) => Object.keys(report.answers).filter((who) => who.endsWith("/4")));
    expect(bad).toEqual([]);
  }, 180_000);

  it("has nothing to do afterwards", async () => {
    await web.expect("preview", "--diff", "--expect-no-changes");
    await web.expect("refresh", "--yes", "--expect-no-changes");
  });
});

function tableOf(rows: readonly Row[]): string {
  const line = (cells: readonly (string | number)[]) => cells.map((cell) => String(cell).padEnd(18)).join("");
  return [
    "",
    line(["change", "seconds", "requests", "failed or wrong", "retried", "replicas that answered"]),
    ...rows.map(({ change, seconds, report }) =>
      line([
        change,
        seconds.toFixed(1),
        report.ok,
        report.failed,
        report.retried,
        Object.keys(report.answers).sort().join(" "),
      ]),
    ),
  ].join("\n");
}
