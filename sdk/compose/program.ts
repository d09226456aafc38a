import type { WindowsWebFarmArgs } from "../args";

/**
 * A farm as a TypeScript program, as one would write it by hand.
 *
 * @param args the farm's arguments, without outputs
 */
export function toProgram(name: string, args: WindowsWebFarmArgs): string {
  return [
    'import { WindowsWebFarm } from "pulumi-webfarm";',
    "",
    `const farm = new WindowsWebFarm(${JSON.stringify(name)}, ${literal(args, "")});`,
    "",
    "export const url = farm.url;",
    "export const localUrl = farm.localUrl;",
    ...(args.console?.enabled === false ? [] : ["export const consoleCommand = farm.consoleCommand;"]),
    "",
  ].join("\n");
}

const lineWidth = 100;

/** A value as TypeScript writes it: on one line where it fits. */
function literal(value: unknown, indent: string): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((item) => ({ before: "", item: item as unknown }))
    : Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => ({ before: `${property(key)}: `, item: item as unknown }));
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (parts.length === 0) return open + close;
  const lines = parts.map(({ before, item }) => before + literal(item, inner));
  const space = Array.isArray(value) ? "" : " ";
  const short = `${open}${space}${lines.join(", ")}${space}${close}`;
  const fits = !short.includes("\n") && indent.length + short.length <= lineWidth;
  // The farm and its apps are read best one property a line.
  if (fits && indent.length > 2) return short;
  return [open, ...lines.map((line) => `${inner}${line},`), `${indent}${close}`].join("\n");
}

function property(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
}
