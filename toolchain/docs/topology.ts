import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The page with the farm's Mermaid text, and the picture that is drawn from it, from the project's root. */
export const topologyPage = "docs/05-farm.md";
export const topologyFile = "docs/topology.svg";

const light = { bg: "#ffffff", fg: "#1f2328" };
const dark = { bg: "#0d1117", fg: "#e6edf3" };

/**
 * Draws a Mermaid flowchart as an SVG that stands alone: no font or style is fetched, and it follows the
 * reader's light or dark mode.
 */
export async function topologyPicture(mermaid: string): Promise<string> {
  const { renderMermaidSVG } = await import("beautiful-mermaid");
  const drawn = renderMermaidSVG(mermaid, { ...light, font: "system-ui", padding: 16 });
  const colours = ({ bg, fg }: typeof light) => `svg { --bg: ${bg}; --fg: ${fg}; }`;
  const own = `${colours(light)}\n  @media (prefers-color-scheme: dark) { ${colours(dark)} }`;
  return `${drawn
    .replace(
      / style="--bg:[^"]*"/,
      ' style="background: var(--bg)" role="img" aria-label="the farm\'s topology"',
    )
    .replace(/@import url\([^)]*\);/, own)
    .replace(/\d+\.\d{3,}/g, (number) => String(Math.round(Number(number) * 100) / 100))
    .trim()}\n`;
}

/** The first Mermaid text of a page. */
export function mermaidIn(page: string): string {
  const text = /```mermaid\n([\s\S]*?)```/.exec(page)?.[1];
  if (text === undefined) throw new Error("the page holds no Mermaid text");
  return text;
}

async function main(root: string): Promise<void> {
  const page = readFileSync(join(root, topologyPage), "utf8");
  writeFileSync(join(root, topologyFile), await topologyPicture(mermaidIn(page)));
  console.log(`${topologyFile} is drawn from ${topologyPage}`);
}

// dist/toolchain/docs/topology.js, so that the root is three directories up.
if (require.main === module) void main(join(__dirname, "../../.."));
