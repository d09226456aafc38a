import type { HostRelease, Orchestrator, Platform } from "../args";
import type { ReadContext } from "./draft";
import { farmKeys } from "./extension";
import { kindOf, type MapNode } from "./node";
import { startOf, type Source } from "./place";
import { asksForNothing, refusedTopKeys, refuseKey } from "./refusedKeys";
import type { ComposeOptions } from "./readCompose";
import type { Values } from "./values";

/** Where a farm runs. */
export interface FarmSettings {
  platform: Platform;
  orchestrator?: Orchestrator;
  hostRelease?: HostRelease;
}

/** Where the farm runs: the caller's word, else the file's own `x-webfarm`. */
export function farmSettings(root: MapNode, options: ComposeOptions, values: Values): FarmSettings {
  const node = root.entries.get("x-webfarm")?.value;
  const entries = node === undefined ? new Map<string, never>() : values.map(node, "x-webfarm");
  values.onlyKeys(entries, farmKeys);
  const choose = <T extends string>(key: string, allowed: readonly T[]): T | undefined => {
    const value = entries.get(key)?.value;
    if (value === undefined) return undefined;
    const text = values.text(value, key);
    const found = allowed.find((word) => word === text);
    if (found === undefined && text !== undefined) {
      values.findings.refuse(
        value.at,
        "notAllowed",
        `${key}: ${kindOf(value)} is not allowed; allowed: ${allowed.join(", ")}`,
        "use one of them",
      );
    }
    return found;
  };
  const platform = choose("platform", ["windows", "linux"]);
  const hostRelease = choose("hostRelease", ["2016", "2019", "2022", "2025"]);
  const release = options.hostRelease ?? hostRelease;
  const orchestrator = options.orchestrator ?? choose("orchestrator", ["host", "swarm"]);
  return {
    platform: options.platform ?? platform ?? "windows",
    ...(orchestrator === undefined ? {} : { orchestrator }),
    ...(release === undefined ? {} : { hostRelease: release }),
  };
}

/** Compose's name of a project: the file's, else the folder's, in small letters and digits. */
export function projectOf(root: MapNode, directory: string, values: Values): string {
  const name = root.entries.get("name")?.value;
  const given = name === undefined ? undefined : values.text(name, "name");
  const folder =
    directory
      .split(/[\\/]/)
      .filter((part) => part !== "" && part !== ".")
      .at(-1) ?? "farm";
  return (
    (given ?? folder)
      .toLowerCase()
      .replace(/[^a-z0-9_-]/g, "")
      .replace(/^[_-]+/, "") || "farm"
  );
}

export function checkTopKeys(root: MapNode, { findings, platform }: ReadContext): void {
  const known = ["version", "name", "services", "networks", "volumes"];
  for (const [key, { at, value }] of root.entries) {
    const refusal = refusedTopKeys[key];
    if (refusal !== undefined) {
      if (!asksForNothing(value)) refuseKey(key, refusal, at, platform, findings);
    } else if (!known.includes(key) && !key.startsWith("x-")) {
      findings.unknownKey(at, key, [...known, ...Object.keys(refusedTopKeys)]);
    }
  }
}

/** The services but those whose profiles are not asked for. */
export function activeServices(
  root: MapNode,
  first: Source,
  profiles: readonly string[],
  { values, findings }: ReadContext,
): Map<string, MapNode> | undefined {
  const node = root.entries.get("services")?.value;
  if (node?.kind !== "map" || node.entries.size === 0) {
    findings.refuse(
      node?.at ?? startOf(first),
      node === undefined ? "required" : "wrongType",
      node === undefined ? "no services" : `services: ${kindOf(node)} is no map of services`,
      "write services:, and below it a name for each service; files of compose's version 1 have none",
    );
    return undefined;
  }
  const active = new Map<string, MapNode>();
  for (const [name, { at, value }] of node.entries) {
    if (name.startsWith("x-")) continue;
    if (value.kind !== "map") {
      findings.refuse(
        value.at,
        "wrongType",
        `the service ${name} is ${kindOf(value)}`,
        "give it an image or a build",
      );
      continue;
    }
    const own = value.entries.get("profiles")?.value;
    const wanted = own === undefined ? [] : values.texts(own, "profiles");
    if (wanted.length === 0 || wanted.some((profile) => profiles.includes(profile.value)))
      active.set(name, { ...value, at });
    else findings.note(at, `${name} is not part of the farm: its profile is not asked for`);
  }
  return active;
}
