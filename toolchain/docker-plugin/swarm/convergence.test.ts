import { describe, expect, it } from "vitest";
import { convergeConfig, hasConverged, type Moment } from "./convergence";

const moment = (change: Partial<Moment>): Moment => ({
  updateState: "",
  updateMessage: "why",
  replicas: 2,
  running: 2,
  isRollout: false,
  ...change,
});

describe("a service has converged", () => {
  it("when all its tasks run", () => {
    expect(hasConverged(moment({}))).toBe(true);
    expect(hasConverged(moment({ running: 1 }))).toBe(false);
  });

  it("after a rollout only when the swarm says so: the old tasks run until then", () => {
    expect(hasConverged(moment({ isRollout: true }))).toBe(false);
    expect(hasConverged(moment({ isRollout: true, updateState: "updating" }))).toBe(false);
    expect(hasConverged(moment({ isRollout: true, updateState: "completed" }))).toBe(true);
    expect(hasConverged(moment({ isRollout: true, replicas: 0, running: 0 }))).toBe(true);
  });

  it.each([
    ["rollback_completed", "service rollback completed: why"],
    ["paused", "service update paused: why"],
    ["rollback_paused", "service rollback paused: why"],
  ])("never in the state %s", (updateState, message) => {
    expect(() => hasConverged(moment({ updateState }))).toThrow(message);
  });

  it("not while it goes back", () => {
    expect(hasConverged(moment({ updateState: "rollback_started" }))).toBe(false);
  });
});

it("reads how long is waited", () => {
  expect(convergeConfig({ delay: "500ms", timeout: "1m" })).toEqual({ intervalMs: 500, timeoutMs: 60_000 });
  expect(convergeConfig({ delay: "0s", timeout: "3s" })).toEqual({ intervalMs: 100, timeoutMs: 3000 });
  expect(convergeConfig(null)).toBeUndefined();
});
