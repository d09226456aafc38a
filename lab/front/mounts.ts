import { EngineRefusal, type HostConfig, type MountSpec } from "./api";

/** What a path of the host is; undefined when there is nothing. */
export type Look = (windowsPath: string) => "directory" | "file" | undefined;

/** A mount that a Windows engine takes. */
export interface WindowsMount {
  readonly type: "bind" | "volume" | "npipe";
  /** A host's directory, a volume's name (empty: an unnamed one) or a pipe. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

const absolute = /^(\\\\\?\\)?[a-z]:([\\/][^:*?"<>|\r\n]*)?$/i;
const hostDirectory = /^(\\\\\?\\)?[a-z]:[\\/][^:*?"<>|\r\n]*$/i;
const pipe = /^[\\/]{2}\.[\\/]pipe[\\/][^:*?"<>|\r\n]+$/i;
const volumeName = /^[^\\/:*?"<>|\r\n]+$/;
const reservedName = /^(con|prn|nul|aux|com[1-9]|lpt[1-9])$/i;

/** The mounts of a request, or what the engine says instead (moby, windows_parser.go). */
export function windowsMounts(host: HostConfig, look: Look): { mounts: WindowsMount[]; faults: string[] } {
  const mounts: WindowsMount[] = [];
  const faults: string[] = [];
  const take = (read: () => WindowsMount) => {
    try {
      mounts.push(read());
    } catch (error) {
      if (!(error instanceof EngineRefusal)) throw error;
      faults.push(error.message);
    }
  };
  for (const spec of host.Mounts ?? []) take(() => fromSpec(spec, look));
  if (Object.keys(host.Tmpfs ?? {}).length > 0) faults.push("windows does not support tmpfs");
  for (const bind of host.Binds ?? []) take(() => fromBind(bind, look));
  return { mounts, faults };
}

function fromBind(bind: string, look: Look): WindowsMount {
  const refuse = (why?: string): never => {
    throw new EngineRefusal(400, `invalid volume specification: '${bind}'${why ? `: ${why}` : ""}`);
  };
  const fields = splitBind(bind);
  const mode = fields.length > 1 && /^(ro|rw)$/i.test(fields.at(-1) ?? "") ? fields.pop() : undefined;
  const [target, source = "", ...rest] = fields.reverse();
  if (target === undefined || rest.length > 0 || !(absolute.test(target) || pipe.test(target)))
    return refuse();
  if (source !== "" && !hostDirectory.test(source) && !pipe.test(source) && !volumeName.test(source))
    return refuse();
  const type = pipe.test(source) ? "npipe" : hostDirectory.test(source) ? "bind" : "volume";
  const readOnly = mode?.toLowerCase() === "ro";
  try {
    return fromSpec({ Type: type, Source: source, Target: target, ReadOnly: readOnly }, look);
  } catch (error) {
    if (error instanceof EngineRefusal) return refuse(error.message);
    throw error;
  }
}

/** Splits at the colons that are not behind the letter of a drive. */
function splitBind(bind: string): string[] {
  const parts = bind.split(":");
  const fields: string[] = [];
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] ?? "";
    const next = parts[index + 1];
    const isDrive = /^(\\\\\?\\)?[a-z]$/i.test(part) && next !== undefined && /^([\\/]|$)/.test(next);
    fields.push(isDrive ? `${part}:${next}` : part);
    if (isDrive) index++;
  }
  return fields;
}

function fromSpec(spec: MountSpec, look: Look): WindowsMount {
  const { Type = "", Source: source = "", Target: target = "", ReadOnly: readOnly = false } = spec;
  const refuse = (why: string): never => {
    throw new EngineRefusal(400, `invalid mount config for type "${Type}": ${why}`);
  };
  if (target === "") return refuse("field Target must not be empty");
  if (/^c:[\\/]?$/i.test(target))
    return refuse(
      `destination path cannot be \`c:\` or \`c:\\\`: ${target.toLowerCase().replaceAll("/", "\\")}`,
    );
  if (!absolute.test(target) && !pipe.test(target)) return refuse(`invalid mount path: '${target}'`);
  switch (Type) {
    case "bind": {
      if (source === "") return refuse("field Source must not be empty");
      if ((spec.BindOptions?.Propagation ?? "") !== "")
        return refuse(`invalid propagation mode: ${spec.BindOptions?.Propagation ?? ""}`);
      if (spec.VolumeOptions) return refuse("field VolumeOptions must not be specified");
      if (!absolute.test(source) && !pipe.test(source))
        return refuse(`invalid mount path: '${source}' mount path must be absolute`);
      const found = look(source);
      if (found === undefined) return refuse(`bind source path does not exist: ${source}`);
      if (found === "file") return refuse("source path must be a directory");
      return { type: "bind", source, target, readOnly };
    }
    case "volume":
      if (spec.BindOptions) return refuse("field BindOptions must not be specified");
      if (source === "" && readOnly) return refuse("must not set ReadOnly mode when using anonymous volumes");
      if (source !== "" && !volumeName.test(source)) return refuse("invalid volume name");
      if (reservedName.test(source))
        return refuse(`volume name "${source}" cannot be a reserved word for Windows filenames`);
      return { type: "volume", source, target, readOnly };
    case "npipe":
      if (source === "") return refuse("field Source must not be empty");
      if (spec.BindOptions) return refuse("field BindOptions must not be specified");
      if (readOnly) return refuse("field ReadOnly must not be specified");
      if (!pipe.test(source)) return refuse(`'${source}' is not a valid pipe path`);
      if (!pipe.test(target)) return refuse(`'${target}' is not a valid pipe path`);
      return { type: "npipe", source, target, readOnly };
    default:
      return refuse("mount type unknown");
  }
}
