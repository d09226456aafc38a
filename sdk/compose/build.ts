import type { ImageBuildArgs } from "../args";
import type { Draft, ReadContext } from "./draft";
import type { Node } from "./node";
import { asksForNothing, refuseKey } from "./refusedKeys";
import { absolutePath } from "./volumes";

const kept = ["context", "dockerfile", "args", "target"];
const refused = [
  "additional_contexts",
  "cache_from",
  "cache_to",
  "dockerfile_inline",
  "entitlements",
  "extra_hosts",
  "isolation",
  "labels",
  "network",
  "no_cache",
  "platforms",
  "privileged",
  "provenance",
  "pull",
  "sbom",
  "secrets",
  "shm_size",
  "ssh",
  "tags",
  "ulimits",
];

/** Reads `build`, a folder or a map. */
export function readBuild(
  node: Node,
  draft: Draft,
  { values, findings, platform, directory, variables }: ReadContext,
): void {
  if (node.kind !== "map") {
    const context = values.text(node, "build");
    if (context !== undefined) draft.build = { context: absolutePath(context, directory) };
    return;
  }
  const { entries } = node;
  for (const [key, { at, value }] of entries) {
    if (refused.includes(key)) {
      if (asksForNothing(value)) continue;
      refuseKey(
        `build.${key}`,
        { hint: "leave it out, or build the image before and name it by image" },
        at,
        platform,
        findings,
      );
    } else if (!kept.includes(key) && !key.startsWith("x-"))
      findings.unknownKey(at, key, [...kept, ...refused]);
  }
  const text = (key: string) => {
    const entry = entries.get(key);
    return entry === undefined ? undefined : values.text(entry.value, `build.${key}`);
  };
  const context = text("context");
  const dockerfile = text("dockerfile");
  const target = text("target");
  const argsNode = entries.get("args")?.value;
  const args: Record<string, string> = {};
  if (argsNode !== undefined) {
    for (const [name, { value, at }] of values.assignments(argsNode, "build.args")) {
      const given = value ?? variables[name];
      if (given === undefined)
        findings.note(at, `the build argument ${name} is not set where the file is read`);
      else args[name] = given;
    }
  }
  if (context === undefined) {
    if (!entries.has("context")) {
      findings.refuse(node.at, "required", "a build without context", "give the folder: context: ./webapp");
    }
    return;
  }
  const build: ImageBuildArgs = { context: absolutePath(context, directory) };
  if (dockerfile !== undefined) build.dockerfile = dockerfile;
  if (Object.keys(args).length > 0) build.args = args;
  if (target !== undefined) build.target = target;
  draft.build = build;
}
