import type { MountSide, PathFault } from "./platform";

const reserved = /^(con|prn|nul|aux|com[1-9]|lpt[1-9])(\..*)?$/i;

/** Endings that files have and directories do not: Windows engines mount directories only. */
const fileName = /\.(config|json|xml|ini|conf|ya?ml|txt|log|dll|exe|cmd|bat|ps1|cer|crt|pem|key|pfx)$/i;

/**
 * What a Windows engine refuses about the path of a mount, in its own words where it has some (moby,
 * windows_parser.go). Pipes and shares are refused by the docker plugin already, as no absolute paths.
 */
export function windowsPathFault(side: MountSide, path: string): PathFault | undefined {
  if (/^(\\\\|\/\/)/.test(path)) {
    return {
      message: "is a pipe or a network share, which the docker plugin cannot mount",
      hint: "mount a directory of the host, such as c:\\containers\\data",
    };
  }
  if (!/^[a-z]:[\\/]/i.test(path)) {
    return {
      message: `is not absolute; the engine says "invalid mount path: '${path}' mount path must be absolute"`,
      hint: "begin with a drive, such as c:\\containers\\data",
    };
  }
  const parts = path
    .slice(3)
    .split(/[\\/]/)
    .filter((part) => part !== "");
  if (side === "container" && /^c:/i.test(path) && parts.length === 0) {
    return {
      message: "is the container's own system drive, which no mount can take the place of",
      hint: "mount a directory below it, such as c:\\data",
    };
  }
  const device = parts.find((part) => reserved.test(part));
  if (device !== undefined) {
    return { message: `holds ${device}, a name that Windows keeps for devices`, hint: "choose another name" };
  }
  const odd = parts.find((part) => /[<>:"|?*]/.test(part));
  if (odd !== undefined) {
    return {
      message: `holds ${odd}; names on Windows hold none of < > : " | ? *`,
      hint: "choose another name",
    };
  }
  const last = parts.at(-1);
  if (last !== undefined && fileName.test(last)) {
    return {
      message: `looks like a file; the engine says "source path must be a directory"`,
      hint: "mount the directory that holds the file",
    };
  }
  return undefined;
}
