import { isAbsolute, resolve, win32 } from "node:path";
import type { VolumeArgs } from "../args";
import type { ReadContext } from "./draft";
import { splitMount } from "./merge";
import { type Entry, type Node } from "./node";
import { asksForNothing, refusedVolumeKeys, refuseKey } from "./refusedKeys";
import type { Place } from "./place";
import type { Located } from "./values";

/** The engine's names of the volumes that a file declares, by their names in the file. */
export function declaredVolumes(node: Node | undefined, context: ReadContext): ReadonlyMap<string, string> {
  const { values, findings, project, platform } = context;
  const names = new Map<string, string>();
  if (node === undefined) return names;
  for (const [key, { value }] of values.map(node, "volumes")) {
    const entries = values.map(value, `volumes.${key}`);
    const external = entries.get("external")?.value;
    const given =
      entries.get("name") ?? (external?.kind === "map" ? external.entries.get("name") : undefined);
    const name = given === undefined ? undefined : values.text(given.value, `volumes.${key}.name`);
    const isExternal =
      external !== undefined && (external.kind === "map" || values.boolean(external, "external"));
    // Compose puts the project's name before its own volumes; the data is there.
    names.set(key, name ?? (isExternal ? key : `${project}_${key}`));
    for (const [setting, entry] of entries) {
      const refusal = refusedVolumeKeys[setting];
      if (refusal !== undefined) {
        if (!asksForNothing(entry.value)) refuseKey(setting, refusal, entry.at, platform, findings);
      } else if (setting === "driver") {
        const driver = values.text(entry.value, "driver");
        if (driver !== undefined && driver !== "local") {
          findings.refuse(
            entry.value.at,
            "unsupported",
            `the volume driver ${driver} is not used by farms`,
            "make the volume by docker volume create, and name it as external",
          );
        }
      } else if (setting !== "external" && setting !== "name" && !setting.startsWith("x-")) {
        findings.unknownKey(entry.at, setting, [
          "external",
          "name",
          "driver",
          ...Object.keys(refusedVolumeKeys),
        ]);
      }
    }
  }
  return names;
}

/** Reads one entry of a service's `volumes`, short or long. */
export function readVolume(
  node: Node,
  declared: ReadonlyMap<string, string>,
  context: ReadContext,
): Located<VolumeArgs> | undefined {
  if (node.kind === "map") return longVolume(node.entries, node.at, declared, context);
  const { values, findings } = context;
  const text = values.text(node, "each of volumes");
  if (text === undefined) return undefined;
  const parts = splitMount(text);
  const [source, target, mode = "rw", ...more] = parts;
  if (target === undefined || source === undefined || source === "" || target === "" || more.length > 0) {
    const anonymous = parts.length === 1;
    findings.refuse(
      node.at,
      anonymous ? "unsupported" : "invalidFormat",
      anonymous ? `${text} is a volume without a name, new with every container` : `${text} is no volume`,
      "write SOURCE:TARGET or SOURCE:TARGET:ro; SOURCE is a folder or the name of a volume",
    );
    return undefined;
  }
  const modes = mode.split(",");
  const odd = modes.find((word) => !["rw", "ro"].includes(word));
  if (odd !== undefined) {
    findings.refuse(node.at, "unsupported", `the mount mode ${odd} is not used by farms`, "use rw or ro");
    return undefined;
  }
  return mount(source, target, modes.includes("ro"), node.at, declared, context);
}

function longVolume(
  entries: ReadonlyMap<string, Entry>,
  at: Place,
  declared: ReadonlyMap<string, string>,
  context: ReadContext,
): Located<VolumeArgs> | undefined {
  const { values, findings } = context;
  const options = ["bind", "volume", "tmpfs", "image", "consistency"];
  values.onlyKeys(entries, ["type", "source", "target", "read_only", ...options]);
  const field = (key: string) => {
    const entry = entries.get(key);
    return entry === undefined ? undefined : values.text(entry.value, `volumes.${key}`);
  };
  for (const key of options) {
    const entry = entries.get(key);
    if (entry !== undefined && !onlyCreates(entry.value) && !asksForNothing(entry.value)) {
      findings.refuse(entry.at, "unsupported", `${key} has no counterpart in a farm`, "leave it out");
    }
  }
  const type = field("type") ?? "volume";
  if (type !== "bind" && type !== "volume") {
    findings.refuse(
      entries.get("type")?.value.at ?? at,
      type === "npipe" || type === "tmpfs" ? "refusedOnWindows" : "unsupported",
      `mounts of type ${type} cannot be made: the docker plugin knows bind and volume, Windows engines no tmpfs`,
      "use bind or volume",
    );
    return undefined;
  }
  const source = field("source");
  const target = field("target");
  if (source === undefined || target === undefined) {
    findings.refuse(at, "required", "a volume needs source and target", "give source: and target:");
    return undefined;
  }
  const readOnly = entries.get("read_only");
  const isReadOnly = readOnly !== undefined && values.boolean(readOnly.value, "read_only") === true;
  return mount(source, target, isReadOnly, at, declared, context, type);
}

/** `bind: {create_host_path: true}` is what happens anyway. */
function onlyCreates(node: Node): boolean {
  return node.kind === "map" && [...node.entries.keys()].every((key) => key === "create_host_path");
}

function mount(
  source: string,
  containerPath: string,
  readOnly: boolean,
  at: Place,
  declared: ReadonlyMap<string, string>,
  { findings, directory }: ReadContext,
  type: "bind" | "volume" = isPath(source) ? "bind" : "volume",
): Located<VolumeArgs> | undefined {
  const rest = { containerPath, ...(readOnly ? { readOnly } : {}) };
  if (type === "bind") {
    return { at, value: { hostPath: absolutePath(source, directory), ...rest } };
  }
  const volume = declared.get(source);
  if (volume === undefined) {
    findings.refuse(
      at,
      "notFound",
      `the volume ${source} is not declared`,
      `declare it under volumes: at the end of the file, or write ./${source} for a folder`,
    );
    return undefined;
  }
  return { at, value: { volume, ...rest } };
}

function isPath(source: string): boolean {
  return /^(\.|~|\/|\\|[A-Za-z]:[\\/])/.test(source);
}

/** Relative paths start at the file's folder; Windows paths are absolute on any machine that reads them. */
export function absolutePath(path: string, directory: string): string {
  if (isAbsolute(path) || win32.isAbsolute(path)) return path;
  return /^[A-Za-z]:[\\/]/.test(directory) ? win32.resolve(directory, path) : resolve(directory, path);
}
