import { describe, expect, it } from "vitest";
import { loggedRequest, TrafficWindow } from "./traffic";

const line = (asked: string, status = 200, time = "0.012") =>
  `172.19.0.1 [2026-11-25T12:00:00+00:00] "GET /a?b=\\x22c\\x22 HTTP/1.1" ${status} 512 ` +
  `upstream=${asked} upstream_status=${status} time=${time}`;

describe("a line of the access log", () => {
  it.each([
    ["172.19.0.2:80", ["172.19.0.2:80"]],
    ["172.19.0.2:80, 172.19.0.3:80", ["172.19.0.2:80", "172.19.0.3:80"]],
    ["172.19.0.2:80 : 172.19.0.3:80", ["172.19.0.2:80", "172.19.0.3:80"]],
    ["-", []],
    // What nginx names when it has none to ask.
    ["webapp", []],
  ])("asked %s", (asked, expected) => {
    expect(loggedRequest(line(asked))).toEqual({ status: 200, milliseconds: 12, asked: expected });
  });

  it("is no other line, and none that a client made up", () => {
    expect(loggedRequest("2026/11/25 12:00:00 [notice] 1#1: signal 1 (SIGHUP) received")).toBeUndefined();
    expect(loggedRequest("webfarm: attempt 1 of 60: configuration accepted, nginx starts")).toBeUndefined();
    // nginx writes a client's quote as \x22, so that the request cannot end before its own quote.
    const made = `1.2.3.4 [now] "GET / HTTP/1.1" 200 1 upstream=9.9.9.9:80" 404 0 upstream=- upstream_status=- time=0.000`;
    expect(loggedRequest(made)?.asked).not.toContain("9.9.9.9:80");
  });
});

describe("the last minute", () => {
  const now = Date.parse("2026-11-25T12:01:00.500Z");
  const add = (
    window: TrafficWindow,
    secondsAgo: number,
    asked: string,
    status: number,
    milliseconds: number,
  ) => {
    window.add({ status, milliseconds, asked: [asked] }, now - secondsAgo * 1000);
  };

  it("counts by second and by the replica that answered, and forgets what is older", () => {
    const window = new TrafficWindow();
    add(window, 61, "172.19.0.2:80", 200, 1);
    add(window, 59, "172.19.0.2:80", 200, 10);
    add(window, 0, "172.19.0.2:80", 502, 30);
    add(window, 0, "172.19.0.3:80", 200, 20);
    const traffic = window.read(now);
    expect(traffic).toMatchObject({ requests: 3, failed: 1, median: 20, slow: 30 });
    expect(traffic.perSecond).toHaveLength(60);
    expect([traffic.perSecond[0], traffic.perSecond.at(-1)]).toEqual([1, 2]);
    expect(traffic.replicas).toEqual({
      "172.19.0.2": { requests: 2, failed: 1, median: 10, slow: 30 },
      "172.19.0.3": { requests: 1, failed: 0, median: 20, slow: 20 },
    });
  });

  it("knows no times without requests", () => {
    expect(new TrafficWindow().read(now)).toEqual({
      requests: 0,
      failed: 0,
      perSecond: Array.from({ length: 60 }, () => 0),
      replicas: {},
    });
  });
});
