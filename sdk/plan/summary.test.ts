import { describe, expect, it } from "vitest";
import { replicaChange, summaryLine, upstreamsIn } from "./summary";

const replicas = (...numbers: number[]) => numbers.map((number) => `webapp-${number}:80`);

describe("the one line", () => {
  it.each([
    ["scale out", replicas(1, 2), replicas(1, 2, 3, 4, 5), "webapp 2 -> 5: +3 replicas"],
    ["scale in", replicas(1, 2, 3), replicas(1, 2), "webapp 3 -> 2: -1 replica"],
    ["a roll", replicas(1, 2), replicas(3, 4), "webapp 2 -> 2: +2 -2 replicas"],
    ["no change", replicas(1, 2), replicas(1, 2), undefined],
  ])("counts %s", (_, before, after, line) => {
    expect(replicaChange("webapp", before, after)).toBe(line);
  });

  it("joins apps and proxy", () => {
    const changes = ["webapp 2 -> 5: +3 replicas", undefined, "api 1 -> 0: -1 replica"];
    expect(summaryLine(changes, "reloads")).toBe(
      "webapp 2 -> 5: +3 replicas, api 1 -> 0: -1 replica, proxy reloads",
    );
    expect(summaryLine([undefined], "isReplaced", 30)).toMatch(/^proxy is replaced: .* \(30 s at most\)/);
  });

  it("reads the upstreams of each app out of nginx.conf", () => {
    const text = [
      "  upstream shop {",
      "    zone shop 66k;",
      "    server shop-1:80;",
      "    server shop-2:80;",
      "  }",
      "  upstream api {",
      "    server api:80 resolve;",
      "  }",
      "  server {",
      "    server_name x;",
      "  }",
    ].join("\r\n");
    expect(Object.fromEntries(upstreamsIn(text))).toEqual({
      shop: ["shop-1:80", "shop-2:80"],
      api: ["api:80"],
    });
    expect(upstreamsIn("")).toEqual(new Map());
  });
});
