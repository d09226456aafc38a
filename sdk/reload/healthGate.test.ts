import type Docker from "dockerode";
import { describe, expect, it } from "vitest";
import { judge, waitUntilHealthy, type Observation } from "./healthGate";

const seen = { restartsBefore: 0, runningSeconds: 60 };

type Inspection = Docker.ContainerInspectInfo;

function inspection(state: Partial<Inspection["State"]>, restarts = 0): Inspection {
  const running = { Status: "running", Running: true, Restarting: false, Dead: false, ExitCode: 0 };
  const State = { ...running, StartedAt: "2026-01-01T00:00:00Z", ...state };
  return { State, RestartCount: restarts, Config: {} } as Inspection;
}

const health = (Status: string, Log: { ExitCode: number; Output: string }[] = []) =>
  ({ Health: { Status, FailingStreak: 0, Log } }) as unknown as Partial<Inspection["State"]>;

describe("judge", () => {
  it.each<[string, Inspection, string, Partial<Observation>?]>([
    ["a healthy container", inspection(health("healthy")), "healthy"],
    ["one whose checks have not begun", inspection(health("starting")), "waiting"],
    ["an unhealthy one", inspection(health("unhealthy")), "failed"],
    ["one that ended", inspection({ Status: "exited", Running: false, ExitCode: 3 }), "failed"],
    ["one that is being restarted", inspection({ Status: "restarting", Restarting: true }), "waiting"],
    ["one that is restarted again and again", inspection(health("starting"), 3), "failed"],
    [
      "one that crashed at times long ago",
      inspection(health("healthy"), 9),
      "healthy",
      { restartsBefore: 9 },
    ],
    ["one that starts again", inspection(health("starting"), 9), "waiting", { restartsBefore: 9 }],
    ["one without check that has run for a minute", inspection({}), "healthy"],
    ["one without check that just started", inspection({}), "waiting", { runningSeconds: 0.1 }],
    [
      "one without check that may crash again",
      inspection({}, 5),
      "waiting",
      { restartsBefore: 5, runningSeconds: 5 },
    ],
    ["one without check that crashed long ago", inspection({}, 5), "healthy", { restartsBefore: 5 }],
  ])("calls %s what it is", (_, info, verdict, observation = {}) => {
    expect(judge(info, { ...seen, ...observation }).verdict).toBe(verdict);
  });

  it("gives the last check's words", () => {
    const checks = [
      { ExitCode: 0, Output: "fine" },
      { ExitCode: 1, Output: "connection refused\n" },
    ];
    expect(judge(inspection(health("unhealthy", checks)), seen)).toEqual({
      verdict: "failed",
      reason: "last check ended with 1: connection refused",
    });
  });
});

/** An engine of which only inspections and logs are asked. */
function engineOf(states: Record<string, Inspection[]>, logs: Record<string, string> = {}): Docker {
  const getContainer = (name: string) => ({
    inspect: () => {
      const remaining = states[name] ?? [];
      const state = remaining.length > 1 ? remaining.shift() : remaining[0];
      return state === undefined
        ? Promise.reject(Object.assign(new Error("no such container"), { statusCode: 404 }))
        : Promise.resolve(state);
    },
    logs: () => Promise.resolve(Buffer.from(logs[name] ?? "")),
  });
  return { getContainer } as unknown as Docker;
}

const replica = (number: number) => ({ name: `webapp-${number}`, containerName: `c${number}` });

describe("waitUntilHealthy", () => {
  const options = { service: "webapp", deadlineSeconds: 5, warn: () => undefined };

  it("waits for all of them and says how long it took", async () => {
    const lines: string[] = [];
    const starting = inspection(health("starting"));
    const healthy = inspection(health("healthy"));
    await waitUntilHealthy(
      engineOf({ c1: [starting, starting, healthy], c2: [healthy] }),
      [replica(1), replica(2)],
      { ...options, log: (line) => lines.push(line) },
    );
    expect(lines).toEqual([expect.stringMatching(/^webapp: 2 of 2 healthy after \d\.\d s$/)]);
  });

  it("ends early and names every failing replica with its log", async () => {
    const failed = inspection({ Status: "exited", Running: false, ExitCode: 3 });
    const wait = waitUntilHealthy(
      engineOf({ c1: [failed], c2: [inspection(health("starting"))] }, { c1: "bad config\n" }),
      [replica(1), replica(2), replica(3)],
      { ...options, log: () => undefined },
    );
    const message = await wait.then(
      () => "",
      (error: unknown) => (error as Error).message,
    );
    expect(message).toContain("2 replicas are not healthy after 0.");
    expect(message).toContain("webapp-1 (c1): exited with code 3\n      | bad config");
    expect(message).toContain("webapp-3 (c3): the container is gone; run pulumi refresh");
    expect(message).not.toContain("webapp-2");
  });

  it("gives up at the deadline and names who is late", async () => {
    const wait = waitUntilHealthy(engineOf({ c1: [inspection(health("starting"))] }), [replica(1)], {
      service: "webapp",
      deadlineSeconds: 0.3,
      log: () => undefined,
      warn: () => undefined,
    });
    await expect(wait).rejects.toThrow(/a replica is not healthy within 0\.3 s[\s\S]*no check yet/);
  });

  it.each([
    ["a day behind", "2025-12-31T00:00:00Z"],
    ["a day ahead", "2026-01-02T00:00:00Z"],
    ["right", new Date().toISOString()],
  ])("sees a container without check die at once although the engine's clock is %s", async (_, StartedAt) => {
    const running = inspection({ StartedAt });
    const exited = inspection({ StartedAt, Status: "exited", Running: false, ExitCode: 1 });
    const wait = waitUntilHealthy(engineOf({ c1: [running, running, exited] }), [replica(1)], {
      ...options,
      log: () => undefined,
    });
    await expect(wait).rejects.toThrow("exited with code 1");
    await waitUntilHealthy(engineOf({ c1: [running] }), [replica(1)], { ...options, log: () => undefined });
  });

  it("warns of a sick replica that was there before, and lets the new ones in", async () => {
    const [lines, warnings]: [string[], string[]] = [[], []];
    const unhealthy = inspection(health("unhealthy", [{ ExitCode: 1, Output: "no answer" }]));
    const old = { ...replica(1), passedBefore: true };
    await waitUntilHealthy(
      engineOf({ c1: [unhealthy], c2: [inspection(health("starting")), inspection(health("healthy"))] }),
      [old, replica(2)],
      { ...options, log: (line) => lines.push(line), warn: (line) => warnings.push(line) },
    );
    expect(warnings).toEqual([
      "webapp: webapp-1 (c1) was there before and is not healthy: last check ended with 1: no answer",
    ]);
    expect(lines).toEqual([expect.stringMatching(/^webapp: 1 of 2 healthy/)]);
  });

  it("does not go on with an old replica that does not run", async () => {
    const exited = inspection({ Status: "exited", Running: false, ExitCode: 3 });
    const wait = waitUntilHealthy(engineOf({ c1: [exited] }), [{ ...replica(1), passedBefore: true }], {
      ...options,
      log: () => undefined,
    });
    await expect(wait).rejects.toThrow("exited with code 3");
  });
});
