import { describe, expect, it } from "vitest";
import type { FarmError } from "../sdk/schema/farmError";
import { farmOf, imagesOf, parseSettings } from "./config";

const good = {
  platform: "linux",
  hostRelease: "2022",
  orchestrator: "host",
  imagesOnNodes: "false",
  replicas: 2,
  webappImage: "webapp:1",
  apiReplicas: 1,
  apiPath: "/api",
  generation: "1",
  proxyImage: "nginx:1.28",
  publishPort: 80,
};

describe("parseSettings", () => {
  it("takes good settings as they are", () => {
    expect(parseSettings(good)).toEqual({ ...good, imagesOnNodes: false });
    expect(imagesOf(parseSettings(good))).toEqual({
      "webfarm:webappImage": "webapp:1",
      "webfarm:proxyImage": "nginx:1.28",
    });
  });

  it("makes a second app of an api's image, behind a path of its own", () => {
    expect(Object.keys(farmOf(parseSettings(good)).apps)).toEqual(["webapp"]);
    const settings = parseSettings({ ...good, apiImage: "api:1", apiReplicas: 3, apiPath: "/v2" });
    expect(imagesOf(settings)["webfarm:apiImage"]).toBe("api:1");
    expect(farmOf(settings).apps.api).toMatchObject({
      image: "api:1",
      replicas: 3,
      routes: [{ path: "/v2" }],
    });
    expect(() => parseSettings({ ...good, apiPath: "v2", apiReplicas: 501 })).toThrow(
      /apiReplicas: 501 is not allowed[\s\S]*pulumi config set apiReplicas 2\n[\s\S]*pulumi config set apiPath \/api/,
    );
  });

  it("hands on who runs the containers", () => {
    expect(farmOf(parseSettings(good)).orchestrator).toBe("host");
    const swarm = parseSettings({ ...good, orchestrator: "swarm", imagesOnNodes: "true" });
    expect(farmOf(swarm).orchestrator).toBe("swarm");
    expect(swarm.imagesOnNodes).toBe(true);
    expect(() => parseSettings({ ...good, orchestrator: "nomad" })).toThrow(
      /orchestrator: "nomad" is not allowed; allowed: host or swarm/,
    );
  });

  it("names every fault, what is allowed, and the line that mends it", () => {
    const raw = { ...good, replicas: 501, platform: "mac", proxyImage: undefined };
    expect(() => parseSettings(raw)).toThrow(
      [
        "Stack configuration: 3 faults; nothing was created.",
        '  - webfarm:platform: "mac" is not allowed; allowed: windows or linux',
        "      -> pulumi config set platform windows",
        "  - webfarm:replicas: 501 is not allowed; allowed: a whole number from 0 to 500",
        "      -> pulumi config set replicas 2",
        "  - webfarm:proxyImage: is not set; allowed: an image with nginx",
        "      -> pulumi config set proxyImage nginx:1.28",
      ].join("\n"),
    );
  });

  it("gives the same errors as the library", () => {
    let thrown: unknown;
    try {
      parseSettings({ ...good, publishPort: 0 });
    } catch (error) {
      thrown = error;
    }
    expect((thrown as FarmError).issues.map(({ code }) => code)).toEqual(["notAllowed"]);
    expect((thrown as FarmError).stack).not.toContain("node_modules/@pulumi");
  });
});
