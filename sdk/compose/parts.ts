import type { WindowsWebFarmArgs } from "../args";
import type { FarmPlan } from "../plan/farmPlan";
import type { CheckPlan } from "../plan/servicePlan";
import type { PlatformTraits } from "../platform/platform";
import type { ValidWindowsWebFarmArgs } from "../schema/windowsWebFarm";

/** A service or another part of a compose file, as plain data. */
export type ComposeMap = Record<string, unknown>;

/** What writing a farm needs to know. */
export interface Export {
  readonly plan: FarmPlan;
  readonly args: WindowsWebFarmArgs;
  readonly valid: ValidWindowsWebFarmArgs;
  readonly traits: PlatformTraits;
}

/** A text as compose reads it back: `$$` for a sign that begins no variable. */
export function escaped<T>(value: T): T {
  if (typeof value === "string") {
    return value.replaceAll(reference, (sign) => (sign === "$" ? "$$" : sign.replace(mark, ""))) as T;
  }
  if (Array.isArray(value)) return value.map(escaped) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, escaped(part)])) as T;
}

/** Tells our references of secrets from signs in people's own texts; no text of an engine holds it. */
const mark = "\u{F0000}";
const reference = new RegExp(`\\$\\{${mark}[^}]*\\}|\\$`, "gu");

/** Puts a variable in the place of every secret. */
export function withReferences(
  value: unknown,
  path: readonly string[],
  secrets: ReadonlySet<string>,
): unknown {
  if (secrets.has(path.join("."))) {
    const variable = path.filter((part) => !["apps", "environment"].includes(part)).join("_");
    const name = variable.toUpperCase().replace(/\W/g, "_");
    return `\${${mark}${name}:?is a secret of the farm}`;
  }
  if (Array.isArray(value))
    return value.map((item, index) => withReferences(item, [...path, String(index)], secrets));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, withReferences(part, [...path, key], secrets)]),
  );
}

/** Compose can wait for the health of what has a check only. */
export function conditionOf(name: string, { plan }: Export): string {
  const service = plan.apps.find((app) => app.name === name)?.service;
  const { enabled = true, ...check } = service?.healthCheck ?? {};
  const asks = Object.keys(check).some((key) => ["command", "port", "tcpPort"].includes(key));
  const hasPort = (service?.ports ?? []).some(({ protocol }) => protocol !== "udp");
  return enabled && (asks || hasPort) ? "service_healthy" : "service_started";
}

export function imageOf(image: unknown, { args }: Export): ComposeMap {
  const build = typeof image === "string" ? args.builds?.[image] : undefined;
  if (build === undefined) return { image };
  const { context, dockerfile, args: values, target } = build;
  return { image, build: withoutUndefined({ context, dockerfile, args: values, target }) };
}

export function healthcheck(check: CheckPlan): ComposeMap {
  return {
    test: check.tests,
    interval: `${check.intervalSeconds}s`,
    timeout: `${check.timeoutSeconds}s`,
    retries: check.retries,
    start_period: `${check.startPeriodSeconds}s`,
  };
}

export function withoutUndefined(map: ComposeMap): ComposeMap {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined));
}
