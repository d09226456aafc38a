import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { WindowsWebFarmArgs } from "../args";
import { planFarm } from "../plan/farmPlan";
import { topologyOf } from "../plan/topology";
import { validate } from "../schema/validate";
import { windowsWebFarmSchema } from "../schema/windowsWebFarm";
import { refusedNetworkKeys, refusedServiceKeys, refusedTopKeys, refusedVolumeKeys } from "./refusedKeys";
import { readServiceKeys } from "./service";

const doc = (name: string) => readFileSync(join(__dirname, "../../docs", name), "utf8");

describe("docs", () => {
  it("06-compose.md names every key that is kept or refused", () => {
    const text = doc("06-compose.md");
    const refused = [refusedServiceKeys, refusedNetworkKeys, refusedVolumeKeys, refusedTopKeys].flatMap(
      Object.keys,
    );
    const missing = [...readServiceKeys, ...refused].filter((key) => !text.includes(`\`${key}`));
    expect(missing).toEqual([]);
  });

  it("05-farm.md shows the picture of its own farm", () => {
    const farm: WindowsWebFarmArgs = {
      defaults: { memoryMb: 1024, labels: { team: "web" } },
      apps: {
        webapp: {
          image: "andrew0928/mvcdemo:1.0",
          replicas: 2,
          ports: [{ container: 80 }],
          dependsOn: ["api"],
        },
        api: { image: "example/api:1.0", ports: [{ container: 5000 }], routes: [{ path: "/api" }] },
        mail: { image: "example/mail:1.0" },
      },
      proxy: { build: {}, publish: 80 },
      console: {},
    };
    const picture = topologyOf(planFarm("shop", farm, validate(windowsWebFarmSchema, farm, "docs")), "nat");
    expect(/```mermaid\n([\s\S]*?)```/.exec(doc("05-farm.md"))?.[1]).toBe(picture);
  });
});
