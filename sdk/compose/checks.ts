import type { WindowsWebFarmArgs } from "../args";
import { traitsOf } from "../platform/platform";
import { defaultRelease } from "../platform/releases";
import { FarmError } from "../schema/farmError";
import { windowsWebFarmIssues } from "../schema/farmRules";
import { validate } from "../schema/validate";
import { windowsWebFarmSchema } from "../schema/windowsWebFarm";
import type { Draft, ReadContext } from "./draft";
import { whereIs, type Place } from "./place";

/** The farm's own checks, with the places where each argument came from. */
export function checkArguments(
  args: WindowsWebFarmArgs,
  drafts: readonly Draft[],
  fallback: Place,
  { findings, platform }: ReadContext,
): void {
  const { hostRelease = defaultRelease, orchestrator = "host" } = args;
  const target = { traits: traitsOf(platform), release: hostRelease, orchestrator };
  const { missing } = findings;
  try {
    validate(windowsWebFarmSchema, args, "compose", windowsWebFarmIssues(args, target));
  } catch (error) {
    if (!(error instanceof FarmError)) throw error;
    for (const issue of error.issues) {
      if (issue.path.endsWith("image") && issue.message.includes('"none"')) continue;
      const place = placeOf(issue.path, drafts, fallback);
      // A text whose variable is not set has been refused for that; what is left of it says nothing.
      if (issue.code !== "required" && missing.has(whereIs(place))) continue;
      findings.refuse(place, issue.code, `${issue.path}: ${issue.message}`, issue.hint);
    }
  }
}

/** The place of an argument, or of the nearest one around it. */
function placeOf(path: string, drafts: readonly Draft[], fallback: Place): Place {
  for (const draft of drafts) {
    const name = /^[A-Za-z_$][\w$]*$/.test(draft.name) ? `.${draft.name}` : `[${JSON.stringify(draft.name)}]`;
    const prefix = draft.role === "app" ? `apps${name}` : draft.role;
    if (path !== prefix && !path.startsWith(`${prefix}.`) && !path.startsWith(`${prefix}[`)) continue;
    let rest = path.slice(prefix.length).replace(/^\./, "");
    while (rest !== "") {
      const place = draft.places.get(rest);
      if (place !== undefined) return place;
      rest = rest.replace(/(?:\.[^.[\]]+|\[(?:\d+|"(?:[^"\\]|\\.)*")\]|^[^.[\]]+)$/, "");
    }
    return draft.at;
  }
  return fallback;
}
