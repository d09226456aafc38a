import type Docker from "dockerode";
import { describe, expect, it } from "vitest";
import { waitForTasks, type TaskGateOptions } from "./waitForTasks";

/** What a manager answers at one moment; an error is one that it answers with. */
type Moment = Error | { spec: string; update?: { State: string; Message: string }; tasks: object[] };

/** A manager that stands in for one: a swarm without leader cannot be made here at will. The last moment stays. */
function manager(...moments: Moment[]): Docker {
  let at = 0;
  const now = () => moments[Math.min(at, moments.length - 1)] ?? new Error("no moment");
  return {
    getService: () => ({
      inspect: () => {
        const moment = now();
        at++;
        if (moment instanceof Error) return Promise.reject(moment);
        const Labels = { "webfarm.spec": moment.spec };
        return Promise.resolve({
          Spec: { TaskTemplate: { ContainerSpec: { Labels } } },
          UpdateStatus: moment.update,
        });
      },
    }),
    listTasks: () => {
      const moment = now();
      return moment instanceof Error ? Promise.reject(moment) : Promise.resolve(moment.tasks);
    },
    listNodes: () => Promise.resolve([{ ID: "n1", Description: { Hostname: "web1" } }]),
    getTask: () => ({ logs: () => Promise.resolve(Buffer.from("\x01\0\0\0\0\0\0\x05oops\n", "latin1")) }),
  } as unknown as Docker;
}

const task = (spec: string, more: { State?: string; DesiredState?: string; Err?: string } = {}) => ({
  ...{
    ID: `t-${spec}`,
    ServiceID: "s1",
    Slot: 1,
    NodeID: "n1",
    DesiredState: more.DesiredState ?? "running",
  },
  Spec: { ContainerSpec: { Labels: { "webfarm.spec": spec } } },
  Status: {
    ...{ State: more.State ?? "running", Err: more.Err, ContainerStatus: { ContainerID: "c1" } },
    Timestamp: "2026-11-30T20:00:00Z",
  },
});

async function wait(engine: Docker, more: Partial<TaskGateOptions> = {}): Promise<string[]> {
  const lines: string[] = [];
  await waitForTasks(engine, {
    ...{ name: "webapp", service: "shop-webapp-1234567", spec: "new", replicas: 1 },
    ...{ failureLimit: 3, placementSeconds: 10, stepSeconds: 30, log: (line) => lines.push(line) },
    ...more,
  });
  return lines;
}

describe("waitForTasks", () => {
  it("waits over a manager that does not answer for a while, and says so once", async () => {
    const leaderless = new Error("rpc error: The swarm does not have a leader");
    const lines = await wait(
      manager({ spec: "new", tasks: [task("old")] }, leaderless, leaderless, {
        spec: "new",
        tasks: [task("new")],
      }),
    );
    expect(lines).toEqual([
      "webapp: the manager does not answer: rpc error: The swarm does not have a leader",
      expect.stringMatching(/^webapp: all tasks run after \d+\.\d s$/),
    ]);
  });

  it("tells of a rollback with the node, its words, the task's log and the way on", async () => {
    const failed = task("new", { State: "failed", DesiredState: "shutdown", Err: "task: non-zero exit (1)" });
    const engine = manager({
      spec: "old",
      update: { State: "rollback_started", Message: "update rolled back due to failure of task t-new" },
      tasks: [task("old"), failed],
    });
    await expect(wait(engine)).rejects.toThrow(
      [
        "webapp: the swarm has gone back to the settings before: update rolled back due to failure of task t-new",
        "  - webapp.1 on web1: failed: task: non-zero exit (1)",
        "      | oops",
        "  What served before still serves.",
        "  Mend the image or its settings and run pulumi up. To try the same settings again: pulumi up --refresh",
      ].join("\n"),
    );
  });

  it("ends when nothing comes forward, unless a node may be pulling the image", async () => {
    const starting = manager({ spec: "new", tasks: [task("new", { State: "starting" })] });
    await expect(wait(starting, { stepSeconds: 0.4 })).rejects.toThrow(
      /webapp: not all tasks run: nothing came forward within 0.4 s: 1 not yet running\n {2}- webapp.1 on web1: starting/,
    );
    const pulling = { spec: "new", tasks: [task("new", { State: "preparing" })] };
    await wait(manager(pulling, pulling, pulling, { spec: "new", tasks: [task("new")] }), {
      stepSeconds: 0.4,
    });
  });

  it("ends when the service is gone", async () => {
    const gone = Object.assign(new Error("no such service"), { statusCode: 404 });
    await expect(wait(manager(gone))).rejects.toThrow("run pulumi refresh, then pulumi up");
  });
});
