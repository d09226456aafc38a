import type { HostRelease } from "../args";
import type { PlatformTraits } from "../platform/platform";
import { releaseOf, runs } from "../platform/releases";
import type { FarmIssue } from "./farmError";
import { formatPath, show } from "./validate";

/** The engine that arguments are meant for. */
export interface Target {
  traits: PlatformTraits;
  release: HostRelease;
}

/**
 * What this platform's engines refuse of a service. It looks at the arguments as they came, whatever else
 * is wrong with them, so that one error names everything.
 */
export function platformIssues(service: unknown, target: Target, path: PropertyKey[] = []): FarmIssue[] {
  const { image, volumes } = fieldsOf(service);
  return [
    ...imageIssues(image, target, [...path, "image"]),
    ...(Array.isArray(volumes) ? volumes : []).flatMap((volume: unknown, index) =>
      volumeIssues(volume, target, [...path, "volumes", index]),
    ),
  ];
}

function imageIssues(image: unknown, { traits, release }: Target, path: PropertyKey[]): FarmIssue[] {
  if (traits.name !== "windows" || typeof image !== "string") return [];
  const needed = releaseOf(image);
  if (needed === undefined || runs(release, needed)) return [];
  return [
    {
      path: formatPath(path),
      code: "refusedOnWindows",
      message: `${show(image)} is made for Windows Server ${needed}, which a ${release} host cannot run (error 0xc0370101)`,
      hint: `use an image of release ${release} or older, or set hostRelease to what the host is`,
    },
  ];
}

function volumeIssues(volume: unknown, { traits }: Target, path: PropertyKey[]): FarmIssue[] {
  const { hostPath, containerPath } = fieldsOf(volume);
  const given = [
    ["host", "hostPath", hostPath],
    ["container", "containerPath", containerPath],
  ] as const;
  return given.flatMap(([kind, name, value]) => {
    const fault = typeof value === "string" && value !== "" ? traits.pathFault(kind, value) : undefined;
    if (fault === undefined) return [];
    const code = traits.name === "windows" ? "refusedOnWindows" : "invalidFormat";
    return [
      {
        path: formatPath([...path, name]),
        code,
        message: `${show(value)} ${fault.message}`,
        hint: fault.hint,
      },
    ];
  });
}

/** The properties of something that may be anything. */
export function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
