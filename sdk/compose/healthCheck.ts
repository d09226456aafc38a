import type { HealthCheckArgs } from "../args";
import { placePart, setArgument, type Draft, type ReadContext } from "./draft";
import type { Node } from "./node";
import { joinWords } from "./words";

const checkKeys = ["test", "interval", "timeout", "retries", "start_period", "start_interval", "disable"];

/** Reads `healthcheck`. */
export function readHealthCheck(node: Node, draft: Draft, { values, findings, platform }: ReadContext): void {
  // toCompose writes the HTTP check of x-webfarm out for engines that know commands only.
  const extension = draft.entries.get("x-webfarm")?.value;
  if (extension?.kind === "map" && extension.entries.has("healthCheck")) return;
  const entries = values.map(node, "healthcheck");
  values.onlyKeys(entries, checkKeys);
  const check: HealthCheckArgs = {};
  const take = <K extends keyof HealthCheckArgs>(
    key: string,
    as: K,
    read: (value: Node) => HealthCheckArgs[K] | undefined,
  ) => {
    const entry = entries.get(key);
    const value = entry === undefined ? undefined : read(entry.value);
    if (entry === undefined || value === undefined) return;
    check[as] = value;
    placePart(draft, ["healthCheck", as], entry.value.at);
  };
  const duration = (value: Node) => values.duration(value, "healthcheck");
  take("test", "command", (value) => {
    const words = value.kind === "list" ? values.texts(value, "test").map((word) => word.value) : undefined;
    if (words === undefined) return values.text(value, "healthcheck.test");
    const [kind, ...rest] = words;
    if (kind === "NONE") check.enabled = false;
    else if (kind === "CMD-SHELL") return rest.join(" ");
    else if (kind === "CMD") return joinWords(rest, platform);
    else
      findings.refuse(
        value.at,
        "notAllowed",
        `test: ${kind ?? "nothing"} is not allowed`,
        "begin with CMD, CMD-SHELL or NONE",
      );
    return undefined;
  });
  take("interval", "intervalSeconds", duration);
  take("timeout", "timeoutSeconds", duration);
  take("start_period", "startPeriodSeconds", duration);
  take("retries", "retries", (value) => values.number(value, "retries"));
  const startInterval = entries.get("start_interval");
  if (startInterval !== undefined) {
    findings.note(
      startInterval.at,
      `start_interval of ${draft.name} is not used: interval holds from the start`,
    );
  }
  const disable = entries.get("disable")?.value;
  if (disable !== undefined && values.boolean(disable, "disable") === true) check.enabled = false;
  const off = check.enabled === false;
  setArgument(draft, "healthCheck", off ? { enabled: false } : check, node.at);
}
