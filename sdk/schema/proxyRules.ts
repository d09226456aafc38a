import { cmdFault } from "../proxy/payload";
import type { FarmIssue } from "./farmError";
import { fieldsOf, type Target } from "./platformRules";
import { formatPath } from "./validate";

/** What the way into a Windows proxy cannot carry: its script reads line by line with cmd's own means. */
export function proxyIssues(proxy: unknown, { traits }: Target, path: PropertyKey[]): FarmIssue[] {
  if (traits.name !== "windows") return [];
  const { extraConfig } = fieldsOf(proxy);
  return Object.entries(fieldsOf(extraConfig)).flatMap(([name, text]): FarmIssue[] => {
    const fault = typeof text === "string" ? cmdFault(text) : undefined;
    if (fault === undefined) return [];
    return [
      {
        path: formatPath([...path, "extraConfig", name]),
        code: "refusedOnWindows",
        message: `${fault}, which the reload cannot bring into a Windows container`,
        hint: "break long lines; nginx needs no exclamation marks except in expressions, which map can do without",
      },
    ];
  });
}
