import type Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, uniqueName } from "../support/engine";
import { prepareNewerNginx, whyNoNewerNginx } from "../support/newerNginx";
import { configuration, ProxyBench, withoutStatus } from "../support/proxy";

const image = `${uniqueName("webfarm-test/nginx")}:1.31.3`;
let bench: ProxyBench;
let proxy: Docker.Container;
let reason: string | undefined;

beforeAll(async () => {
  bench = await ProxyBench.create();
  reason = await whyNoNewerNginx(bench.engine.docker);
  if (reason === undefined) await prepareNewerNginx(bench.engine.docker, bench.images.proxy, image);
});

afterAll(async () => {
  await bench.remove();
  if (reason === undefined) await bench.engine.docker.getImage(image).remove();
});

/** A replica as a service has them: one name for all. */
function startReplica(replica: string): Promise<Docker.Container> {
  return bench.engine.start({
    name: uniqueName(replica),
    Hostname: "webapp",
    Image: bench.images.webapp,
    Env: [`WEBFARM_REPLICA=${replica}`],
    HostConfig: { NetworkMode: bench.network },
  });
}

const serve = (replicas: string[]) =>
  eventually(`answers of ${replicas.join(" and ")}`, 30, async () =>
    (await bench.replicasSeen(proxy)).join() === replicas.join() ? true : undefined,
  );

/** Each reload starts new ones. */
async function workersStarted(): Promise<number> {
  return (await bench.engine.logs(proxy)).split("start worker process ").length - 1;
}

describe('discovery: "resolve"', () => {
  it("follows the service's name by itself, without a reload", async ({ skip }) => {
    if (reason !== undefined) {
      console.log(`skipped: no nginx 1.27.3 or later: ${reason}`);
      skip();
    }
    const first = await startReplica("webapp-1");
    proxy = await bench.startProxyOf(image);
    const wanted = withoutStatus(configuration(["webapp:80"], { discovery: "resolve" }));
    const { exitCode, lines } = await bench.reload(proxy, wanted);
    expect([exitCode, lines]).toEqual([0, [expect.stringContaining("configuration in force")]]);
    await serve(["webapp-1"]);
    const workers = await workersStarted();

    await startReplica("webapp-2");
    await serve(["webapp-1", "webapp-2"]);
    await first.remove({ force: true });
    await serve(["webapp-2"]);
    expect(await workersStarted()).toBe(workers);
  });
});
