import { describe, expect, it } from "vitest";
import { againstLimit, inTurns, resultOf } from "./comparison";
import { gateSeconds } from "./comparisons/pulumi";
import { plotOf } from "./plot";
import { markdown, short, toJson } from "./report";
import { median, ratioSpread } from "./statistics";
import { figuresIn } from "./wrk";

const result = resultOf({
  name: "up, 10 replicas",
  unit: "s",
  ours: { label: "our farm", figures: [12, 11, 30] },
  other: { label: "by hand", figures: [10, 10, 20] },
  goal: 1.1,
  note: "without the gate",
});
const done = [{ comparison: { letter: "a", title: "Farm" }, results: [result] }];

describe("statistics", () => {
  it("takes the middle, or the mean of the two in the middle", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(() => median([])).toThrow("no figures");
  });

  it("compares round by round, not median by median", () => {
    expect(ratioSpread([10, 200, 1], [1, 100, 1])).toEqual({ median: 2, least: 1, greatest: 10 });
    expect(() => ratioSpread([1], [1, 2])).toThrow("each round");
  });
});

describe("measuring in turns", () => {
  it("leaves the warm-up out and lets each side begin in turn", async () => {
    const calls: string[] = [];
    let count = 0;
    const side = (name: string) => () => {
      calls.push(name);
      return Promise.resolve(count++);
    };
    const figures = await inTurns({ rounds: 2, say: () => undefined }, side("ours"), side("other"));
    expect(calls).toEqual(["ours", "other", "other", "ours", "ours", "other"]);
    expect(figures).toEqual({ ours: [3, 4], other: [2, 5] });
  });
});

describe("the report", () => {
  it("shows figures, ratio, goal and note", () => {
    const text = markdown(done, "2 cores", new Map([["a", "benchmarks-a.svg"]]));
    expect(text).toContain("![Farm](benchmarks-a.svg)");
    expect(text).toContain(
      "| up, 10 replicas | our farm: 12.0 (11.0 to 30.0) s | by hand: 10.0 (10.0 to 20.0) s | 1.20 (1.10 to 1.50) | **missed**, ≤ 1.1 | 3 |",
    );
    expect(text).toContain("- up, 10 replicas: without the gate.");
  });

  it("has a form for programs", () => {
    expect(JSON.parse(toJson(done))).toEqual([
      { name: "a: up, 10 replicas", ratio: 1.2, goal: 1.1, spread: [1.1, 1.5] },
    ]);
  });

  it("keeps three digits that count", () => {
    expect([1234.5, 12.34, 1.234, 0.01234].map(short)).toEqual(["1235", "12.3", "1.23", "0.0123"]);
  });

  it("draws a bar for each result", () => {
    const svg = plotOf("Farm", [result, resultOf({ ...limited, name: "plan" })]);
    expect(svg).toMatch(/^<svg /);
    expect(svg).toContain("up, 10 replicas");
    expect(svg).toContain("1.20");
    expect(svg).toContain("plan");
  });
});

const limited = {
  name: "",
  unit: "ms",
  ours: { label: "plan", figures: [5, 6] },
  other: againstLimit("allowed", 100, 2),
};

describe("what other programs print", () => {
  it("is read from the gates' lines, each said twice", () => {
    const lines = ["web: 2 of 2 healthy after 1.5 s", "web-proxy: 1 of 1 healthy after 0.4 s"];
    expect(gateSeconds([...lines, "Diagnostics:", ...lines].join("\n"))).toBeCloseTo(1.9);
    expect(gateSeconds("nothing")).toBe(0);
  });

  it("is read from wrk's report, which must be free of errors", () => {
    const report =
      "  Latency Distribution\n     50%    1.25ms\n     75%    2.00ms\nRequests/sec:  12345.67\n";
    expect(figuresIn(report)).toEqual({ requestsPerSecond: 12345.67, medianMilliseconds: 1.25 });
    expect(figuresIn(report.replace("1.25ms", "850.00us")).medianMilliseconds).toBeCloseTo(0.85);
    expect(() => figuresIn(`${report}  Non-2xx or 3xx responses: 7\n`)).toThrow("responses: 7");
    expect(() => figuresIn("")).toThrow("not one");
  });
});
