import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { initializationDetails } from "../../toolchain/docker-plugin/testing/client";
import { Deployment, object, urnOf } from "./dockerPluginDeployment";
import { startPlugin } from "./dockerPluginSupport";

/** Containers that end, fail half-way, stop gracefully, or whose deployment is cancelled. */
let deployment: Deployment;

beforeAll(async () => {
  deployment = await Deployment.start("pluginlife");
});

afterAll(async () => {
  await deployment.end();
});

describe("Container life", () => {
  it("runs to its end with `attach` and keeps its output with `logs`", async () => {
    const { outputs } = await deployment.create(
      "Container",
      "job",
      deployment.container("job", {
        command: ["sh", "-c", "echo done; exit 4"],
        attach: true,
        logs: true,
        mustRun: false,
      }),
    );
    expect(outputs).toMatchObject({ exitCode: 4, containerLogs: "done\n" });
  });

  it("is half made when it cannot start: known by its id, and replaced the next time", async () => {
    const news = deployment.container("halfmade", { command: ["/no/such/program"] });
    const failure: unknown = await deployment
      .create("Container", "halfmade", news)
      .catch((error: unknown) => error);
    const details = initializationDetails(failure);
    const info = await deployment.docker.getContainer(details?.id ?? "").inspect();
    expect(info.Name).toBe(`/${deployment.prefix}halfmade`);
    const inputs = object((await deployment.check("Container", "halfmade", news)).inputs);
    const urn = urnOf("Container", "halfmade");
    const outputs = details?.properties ?? {};
    const again = await deployment.diff({ urn, id: info.Id, inputs, outputs });
    expect(again).toMatchObject({ changes: "DIFF_SOME", deleteBeforeReplace: true });
    await deployment.remove({ urn, id: info.Id, inputs, outputs });
  });

  it("says why `wait` cannot work without a health check", async () => {
    const news = deployment.container("unchecked", { wait: true });
    await expect(deployment.create("Container", "unchecked", news)).rejects.toThrow(/has a health check/);
  });

  it("stops with the grace of destroyGraceSeconds", async () => {
    const script = "trap 'echo stopping; exit 0' TERM; while true; do sleep 0.1; done";
    const news = deployment.container("graceful", {
      command: ["sh", "-c", script],
      destroyGraceSeconds: 5,
      stopSignal: "SIGTERM",
    });
    const deployed = await deployment.create("Container", "graceful", news);
    const logs = await deployment.docker.getContainer(deployed.id).logs({ stdout: true, follow: true });
    const output: Buffer[] = [];
    logs.on("data", (chunk: Buffer) => output.push(chunk));
    const ended = new Promise((resolve) => logs.on("end", resolve));
    await deployment.remove(deployed);
    await ended;
    expect(Buffer.concat(output).toString()).toContain("stopping");
  });

  it("gives up its wait when the engine cancels", async () => {
    const other = await startPlugin();
    const healthcheck = { tests: ["CMD", "false"], interval: "1s", timeout: "1s", retries: 100 };
    const inputs = object(
      (
        await deployment.check(
          "Container",
          "cancelled",
          deployment.container("cancelled", { healthcheck, wait: true }),
        )
      ).inputs,
    );
    const started = Date.now();
    const creating = other.client.call("Create", {
      urn: urnOf("Container", "cancelled"),
      properties: inputs,
    });
    setTimeout(() => void other.client.call("Cancel", {}), 1500);
    await expect(creating).rejects.toThrow(/cancelled/);
    expect(Date.now() - started).toBeLessThan(10_000);
    other.stop();
  });
});
