import { describe, expect, it } from "vitest";
import { choosePackageManager, installArguments } from "./packageManager";

describe("choosePackageManager", () => {
  const files = new Set(["/srv/yarn.lock", "/srv/shop/package-lock.json"]);
  const exists = (path: string) => files.has(path);

  it.each([
    ["pnpm", "/srv/shop", "pnpm"],
    [undefined, "/srv/shop/src", "npm"],
    [undefined, "/srv/other", "yarn"],
    [undefined, "/elsewhere", "npm"],
  ] as const)("asked for %s in %s: %s", (asked, directory, chosen) => {
    expect(choosePackageManager(asked, directory, exists)).toBe(chosen);
  });
});

it.each([
  ["npm", false, "install --no-audit --no-fund --loglevel=error"],
  ["npm", true, "install --no-audit --no-fund --loglevel=error --omit=dev"],
  ["yarn", true, "install --production"],
  ["pnpm", true, "install --prod"],
] as const)("installs with %s (plugin: %s)", (packageManager, isPlugin, line) => {
  expect(installArguments(packageManager, isPlugin).join(" ")).toBe(line);
});
