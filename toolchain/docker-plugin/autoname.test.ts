import { describe, expect, it } from "vitest";
import { autoname } from "./autoname";

const seed = (base64: string): Buffer => Buffer.from(base64, "base64");

describe("autoname", () => {
  it.each([
    ["eL46zfAegl3HzIvFVr3Ef1+DSWUeMjyGNXfj0RintZQ=", "auto-d748f5f"],
    ["jgBsPFXHMR9ZJ23a6uK1en3DERD3/vVEGul8v3aqGH4=", "auto-fd89f1d"],
    ["fpvjaMCIkp72hWvbTlJHB+Las/E5+kpBdbpowBy80zk=", "auto-cab4950"],
  ])("draws the official plugin's digits from seed %s", (base64, name) => {
    expect(autoname("auto", seed(base64))).toBe(name);
  });

  it("draws other digits each time when there is no seed", () => {
    expect(autoname("web", new Uint8Array())).toMatch(/^web-[0-9a-f]{7}$/);
    expect(autoname("web", new Uint8Array())).not.toBe(autoname("web", new Uint8Array()));
  });

  it("follows the autonaming configuration", () => {
    expect(autoname("web", seed("AA=="), { mode: "PROPOSE", proposedName: "shop-web" })).toBe("shop-web");
    expect(autoname("web", seed("AA=="), { mode: "ENFORCE", proposedName: "web" })).toBe("web");
    expect(autoname("web", seed("AA=="), { mode: "DISABLE", proposedName: "" })).toBeUndefined();
  });

  it("refuses a name that Docker would not take", () => {
    expect(() => autoname("w".repeat(250), seed("AA=="))).toThrow(/248|247/);
  });
});
