import { describe, expect, it } from "vitest";
import { nameFaults, type NameHolder } from "./names";

const wanted = {
  stack: "shop/dev",
  farm: "shop",
  network: "nat",
  names: { "apps.webapp": "webapp", "apps.api.alias": "shop-api" },
};

const holder = (container: string, names: string[], labels: Record<string, string> = {}): NameHolder => ({
  container,
  labels,
  names: [container, ...names],
});

describe("names on a shared network", () => {
  it("that another farm holds are a fault that names it, and how to choose another", () => {
    const other = { "webfarm.stack": "news/dev", "webfarm.farm": "news" };
    expect(nameFaults([holder("news-webapp-1-ab12", ["webapp"], other)], wanted)).toEqual([
      {
        path: "apps.webapp",
        code: "conflict",
        message:
          "the name webapp on the network nat is held by the container news-webapp-1-ab12 of the farm news (stack news/dev)",
        hint: 'give it another name, such as alias: "shop-webapp", or use another network',
      },
    ]);
  });

  it("that a container of nobody's farm holds, by hostname, alias or its own name, are one too", () => {
    const faults = nameFaults([holder("webapp", []), holder("legacy", ["shop-api"])], wanted);
    expect(faults.map(({ path, message }) => [path, message.replace(/^.*held by /, "")])).toEqual([
      ["apps.webapp", "the container webapp"],
      ["apps.api.alias", "the container legacy"],
    ]);
  });

  it("that only this stack holds, or nobody, are none", () => {
    const own = { "webfarm.stack": "shop/dev", "webfarm.farm": "old-shop" };
    const holders = [holder("old-shop-webapp-1", ["webapp"], own), holder("webapps", ["web"])];
    expect(nameFaults(holders, wanted)).toEqual([]);
  });
});
