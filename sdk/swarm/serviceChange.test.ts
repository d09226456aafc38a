import { describe, expect, it } from "vitest";
import { proxyChange, serviceChange, type ServiceChange } from "./serviceChange";

const roll: ServiceChange = {
  before: { replicas: 2, spec: "a" },
  after: { replicas: 2, spec: "b" },
  rollout: "startFirst",
  parallelism: 1,
  reasons: ["image webapp:1 -> webapp:2"],
};

describe("the line that a preview has for a service", () => {
  it.each<[string | undefined, Partial<ServiceChange>]>([
    [undefined, { after: { replicas: 2, spec: "a" } }],
    ["webapp 0 -> 2: +2 replicas; nothing answers until they are healthy", { before: undefined }],
    ["webapp 2 -> 5: +3 replicas; nothing is down", { after: { replicas: 5, spec: "a" } }],
    ["webapp 2 -> 1: -1 replica; nothing is down", { after: { replicas: 1, spec: "a" } }],
    ["webapp 2 -> 0: -2 replicas; nothing answers afterwards", { after: { replicas: 0, spec: "b" } }],
    ["webapp 2 -> 2: 2 replicas replaced, 1 at a time (image webapp:1 -> webapp:2); nothing is down", {}],
    [
      "webapp 2 -> 3: +1 replica, 2 replicas replaced, 1 at a time (image webapp:1 -> webapp:2); nothing is down",
      { after: { replicas: 3, spec: "b" } },
    ],
    [
      "webapp 2 -> 2: 2 replicas replaced, 1 at a time (image webapp:1 -> webapp:2); each is down while its successor starts",
      { rollout: "stopFirst" },
    ],
  ])("%s", (line, change) => {
    expect(serviceChange("webapp", { ...roll, ...change })).toBe(line);
  });
});

describe("the line that a preview has for the proxies", () => {
  const change = {
    running: 3,
    recreated: false,
    replaced: true,
    rollout: "stopFirst",
    reasons: ["nginx.conf"],
    stopSeconds: 30,
  } as const;

  it("says what does not answer meanwhile", () => {
    expect(proxyChange({ ...change, running: undefined })).toBe("proxies start");
    expect(proxyChange({ ...change, replaced: false })).toBeUndefined();
    expect(proxyChange(change)).toBe(
      "3 proxies are replaced node after node (nginx.conf): a node does not answer while the old one stops (30 s at most) and the new one starts, the others do",
    );
    expect(proxyChange({ ...change, running: 1 })).toBe(
      "the proxy is replaced (nginx.conf): nothing answers while the old one stops (30 s at most) and the new one starts",
    );
    expect(proxyChange({ ...change, recreated: true, replaced: false })).toMatch(
      /^all proxies are replaced at once, .*: nothing answers while/,
    );
    expect(proxyChange({ ...change, rollout: "startFirst" })).toBe(
      "proxies are replaced one after the other (nginx.conf): nothing is down",
    );
  });
});
