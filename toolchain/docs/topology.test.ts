import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { mermaidIn, topologyFile, topologyPage, topologyPicture } from "./topology";

const textOf = (file: string) => readFileSync(resolve(__dirname, "../..", file), "utf8");

it("the picture in the docs is the one of the page's Mermaid text, and fetches nothing", async () => {
  const picture = await topologyPicture(mermaidIn(textOf(topologyPage)));
  expect(textOf(topologyFile), "draw it anew: npm run docs:topology").toBe(picture);
  expect(picture).not.toMatch(/@import|href=|url\(["']?http/);
  expect(picture).toContain(">nginx<");
  for (const part of ["clients", "proxy", "app_api", "app_webapp", "app_mail", "console"]) {
    expect(picture).toContain(`class="node" data-id="${part}"`);
  }
  for (const [from, to] of [
    ["clients", "proxy"],
    ["proxy", "app_api"],
    ["proxy", "app_webapp"],
    ["app_webapp", "app_api"],
  ]) {
    expect(picture).toContain(`data-from="${from}" data-to="${to}"`);
  }
});
