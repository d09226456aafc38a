import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { prepareImages } from "../../toolchain/images";
import { webappReference, webappVersions } from "../../toolchain/images/imageNames";
import { EngineFixture, freePort, uniqueName } from "../support/engine";
import { Load } from "../support/load";

/**
 * The same changes made with docker compose, for comparison: what a user of the field report has. COMPOSE
 * names the program when it is not `docker-compose` on the PATH.
 */
const [program = "docker-compose", ...options] = (process.env.COMPOSE ?? "docker-compose").split(" ");
const fixture = new EngineFixture();
let directory: string;
let publish: number;
let images: Awaited<ReturnType<typeof prepareImages>>;

beforeAll(async () => {
  images = await prepareImages({ docker: fixture.docker, log: () => undefined });
  directory = await mkdtemp(join(tmpdir(), uniqueName("compose")));
  publish = await freePort();
  await writeFile(
    join(directory, "nginx.conf"),
    [
      "events { }",
      "http {",
      "  upstream production { server webapp; }",
      "  server { listen 80; location / { proxy_pass http://production; } }",
      "}",
    ].join("\n"),
  );
  await describeServices(images.webapp, "1");
  await compose("up", "-d", "--scale", "webapp=2");
});

afterAll(async () => {
  await compose("down", "--timeout", "1");
  await rm(directory, { recursive: true });
});

async function describeServices(image: string, generation: string): Promise<void> {
  await writeFile(
    join(directory, "docker-compose.yml"),
    JSON.stringify({
      version: "3",
      services: {
        webapp: { image, environment: { WEBFARM_GENERATION: generation } },
        proxy: {
          image: images.proxy,
          command: ["nginx", "-g", "daemon off;"],
          depends_on: ["webapp"],
          ports: [`${publish}:80`],
          volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"],
        },
      },
    }),
  );
}

async function compose(...args: string[]): Promise<void> {
  await promisify(execFile)(program, [...options, ...args], { cwd: directory, timeout: 120_000 });
}

const reload = () => compose("exec", "-T", "proxy", "nginx", "-s", "reload");

it("loses requests in the changes that a scale set makes without loss", async () => {
  const load = new Load(`http://localhost:${publish}`, { fresh: 6, kept: 8, slow: 4 });
  const rows: string[] = [];
  let failed = 0;
  const during = async (change: string, work: () => Promise<unknown>) => {
    const started = Date.now();
    await work();
    const report = load.take();
    failed += report.failed;
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    rows.push(
      `${change.padEnd(22)}${seconds.padEnd(10)}${String(report.ok).padEnd(10)}${String(report.failed).padEnd(10)}` +
        `${Object.keys(report.answers).length} answered ${JSON.stringify(report.failures)}`,
    );
  };
  await during("2 -> 5", () => compose("up", "-d", "--no-recreate", "--scale", "webapp=5"));
  await during("reload by hand", reload);
  await during("5 -> 2", () => compose("up", "-d", "--no-recreate", "--scale", "webapp=2"));
  await during("reload by hand", reload);
  await during("image roll", async () => {
    await describeServices(webappReference(webappVersions[1]), "2");
    await compose("up", "-d", "--scale", "webapp=2");
  });
  await load.stop();
  console.log(`\nchange                seconds   requests  failed\n${rows.join("\n")}`);
  expect(failed).toBeGreaterThan(0);
}, 300_000);
