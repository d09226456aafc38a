import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { pages, textOf } from "../support/pages";
import { projectRoot } from "../support/projectRoot";

/** A heading's anchor, as GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, "")
    .replaceAll(" ", "-");
}

/** The anchors of a page: its headings, of two equal ones the second with `-1`, and those that are given. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of withoutBlocks(text).matchAll(/^#{1,6} +(.+)$/gm)) {
    const anchor = anchorOf(heading);
    let name = anchor;
    for (let number = 1; anchors.has(name); number++) name = `${anchor}-${number}`;
    anchors.add(name);
  }
  for (const [, id = ""] of text.matchAll(/<a id="([^"]+)">/g)) anchors.add(id);
  return anchors;
}

const withoutBlocks = (text: string) => text.replace(/^```[\s\S]*?^```$/gm, "");

interface Link {
  page: string;
  target: string;
}

const api = existsSync(join(projectRoot, "docs/api")) ? readdirSync(join(projectRoot, "docs/api")) : [];
const everything = [...pages, ...api.map((file) => join("docs/api", file))];

const links: Link[] = everything.flatMap((page) =>
  [...withoutBlocks(textOf(page)).matchAll(/\]\(([^()\s]+)(?: "[^"]*")?\)/g)].map(([, target = ""]) => ({
    page,
    target,
  })),
);

describe("the links of the pages", () => {
  const inside = links.filter(({ target }) => !/^[a-z]+:/.test(target));

  it("lead to files and headings that are there", () => {
    expect(inside.length).toBeGreaterThan(100);
    const broken = inside.filter(({ page, target }) => {
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? page : relative(projectRoot, resolve(projectRoot, dirname(page), path));
      if (file.startsWith("..") || !existsSync(join(projectRoot, file))) return true;
      if (anchor === undefined) return false;
      return statSync(join(projectRoot, file)).isDirectory() || !anchorsOf(textOf(file)).has(anchor);
    });
    expect(broken).toEqual([]);
  });

  it("lead outside by https only", () => {
    const others = links.filter(({ target }) => /^[a-z]+:/.test(target) && !target.startsWith("https://"));
    expect(others).toEqual([]);
  });

  it("reach every page of docs/ from its index", () => {
    const index = links
      .filter(({ page }) => page === join("docs", "README.md"))
      .map(({ target }) => join("docs", target));
    const unreached = pages.filter(
      (page) => dirname(page) === "docs" && page !== join("docs", "README.md") && !index.includes(page),
    );
    expect(unreached).toEqual([]);
  });
});
