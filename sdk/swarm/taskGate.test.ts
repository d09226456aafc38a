import { describe, expect, it } from "vitest";
import { sampleTask } from "../../test/support/clusterSamples";
import type { ClusterTask } from "./cluster";
import { judgeService, type ServiceState, type Sightings, type WantedTasks } from "./taskGate";

const wanted: WantedTasks = { spec: "new", replicas: 2, failureLimit: 3, placementSeconds: 10 };
const nothingSeen: Sightings = { endedBefore: new Set(), unplacedSeconds: () => 0 };

let drawn = 0;

function task(spec: string, slot: number, more: Partial<ClusterTask> = {}): ServiceState["tasks"][number] {
  return { ...sampleTask("webapp", `node${slot}`, { id: `task-${++drawn}`, slot, ...more }), spec };
}

const failed = (slot: number, more: Partial<ClusterTask> = {}) =>
  task("new", slot, { state: "rejected", desired: "shutdown", error: "No such image", ...more });
const old = (slot: number) => task("old", slot);

function judge(
  tasks: ServiceState["tasks"],
  more: Partial<ServiceState> = {},
  of: Partial<WantedTasks> = {},
  seen = nothingSeen,
) {
  return judgeService({ spec: "new", tasks, ...more }, { ...wanted, ...of }, seen);
}

describe("the gate of a swarm's service", () => {
  it("is passed once every replica runs with the new settings", () => {
    expect(judge([task("new", 1), task("new", 2)])).toEqual({ verdict: "done" });
    expect(
      judge([task("new", 1), task("new", 2), failed(1), task("old", 1, { desired: "shutdown" })]),
    ).toEqual({
      verdict: "done",
    });
    expect(judge([], {}, { replicas: 0 })).toEqual({ verdict: "done" });
  });

  it("waits for those that are not there, not healthy, or not yet gone", () => {
    expect(judge([old(1), old(2)])).toMatchObject({ verdict: "waiting", running: 0 });
    expect(judge([task("new", 1), task("new", 2, { state: "starting" })])).toEqual({
      verdict: "waiting",
      running: 1,
      pulling: false,
      reason: "1 not yet running",
    });
    expect(judge([task("new", 1), task("new", 2), old(1)])).toEqual({
      verdict: "waiting",
      running: 2,
      pulling: false,
      reason: "1 of the old generation left",
    });
    expect(judge([task("new", 1), task("new", 2, { state: "preparing" })])).toMatchObject({ pulling: true });
    expect(judge([task("new", 1), task("new", 2), task("new", 3)])).toMatchObject({ verdict: "waiting" });
  });

  it("waits until the swarm has watched the new tasks for as long as it wants", () => {
    const update = { state: "updating", message: "update in progress" };
    expect(judge([task("new", 1), task("new", 2)], { update })).toMatchObject({ verdict: "waiting" });
    const completed = { update: { state: "completed", message: "update completed" } };
    expect(judge([task("new", 1), task("new", 2)], completed)).toEqual({ verdict: "done" });
  });

  it("asks of a service on each node that all of its tasks run", () => {
    const { spec, failureLimit, placementSeconds } = wanted;
    const onEach = { spec, failureLimit, placementSeconds };
    const state = (...tasks: ServiceState["tasks"]) =>
      judgeService({ spec: "new", tasks }, onEach, nothingSeen);
    expect(state(task("new", 0), task("new", 0), task("new", 0))).toEqual({ verdict: "done" });
    expect(state(task("new", 0), task("old", 0))).toMatchObject({ verdict: "waiting" });
    expect(state()).toMatchObject({ verdict: "waiting" });
  });

  it("fails at once when the swarm went back to the settings before, with the tasks that were the reason", () => {
    const update = { state: "rollback_started", message: "update rolled back due to failure of task abc" };
    const verdict = judge([old(1), old(2), failed(1, { id: "abc" })], { spec: "old", update });
    expect(verdict).toMatchObject({
      verdict: "failed",
      rolledBack: true,
      reason: update.message,
      tasks: [{ id: "abc" }],
    });
  });

  it("fails when the swarm has other settings, whoever gave them, or has paused", () => {
    expect(judge([old(1), old(2)], { spec: "other" })).toMatchObject({ verdict: "failed", rolledBack: true });
    const update = { state: "paused", message: "update paused" };
    expect(judge([old(1)], { update })).toMatchObject({ verdict: "failed", rolledBack: false });
  });

  it("does not mind an older rollback of settings that are wanted now", () => {
    const update = { state: "rollback_completed", message: "rollback completed" };
    expect(judge([task("new", 1), task("new", 2)], { update })).toEqual({ verdict: "done" });
  });

  it("gives up on a replica that fails again and again, and not on one that failed before", () => {
    const twice = [failed(1, { since: "1" }), failed(1, { since: "2" })];
    expect(judge([task("new", 2), ...twice])).toMatchObject({ verdict: "waiting" });
    // Two replicas that failed, none of them often.
    expect(judge([failed(2), ...twice])).toMatchObject({ verdict: "waiting" });
    const last = failed(1, { since: "3", error: "the last" });
    const thrice = [task("new", 2), ...twice, last];
    expect(judge(thrice)).toMatchObject({
      verdict: "failed",
      rolledBack: false,
      tasks: [{ error: "the last" }],
    });
    const endedBefore = new Set(twice.map(({ id }) => id));
    expect(judge(thrice, {}, {}, { ...nothingSeen, endedBefore })).toMatchObject({ verdict: "waiting" });
    // One that nobody starts again.
    expect(judge([task("new", 2), last], {}, { failureLimit: 1 })).toMatchObject({ verdict: "failed" });
  });

  it("gives up on a task that no node takes, once it had time for it", () => {
    const pending = task("new", 1, {
      state: "pending",
      node: "",
      error: "no suitable node (1 node not available)",
    });
    expect(judge([pending, task("new", 2)])).toMatchObject({ verdict: "waiting" });
    const seen = { ...nothingSeen, unplacedSeconds: (id: string) => (id === pending.id ? 10 : 0) };
    expect(judge([pending, task("new", 2)], {}, {}, seen)).toMatchObject({
      verdict: "failed",
      tasks: [{ error: "no suitable node (1 node not available)" }],
    });
  });
});
