import type { HostRelease, Orchestrator } from "../args";
import type { MountSide, PlatformTraits } from "../platform/platform";
import { releaseOf, runs } from "../platform/releases";
import type { FarmIssue, FarmIssueCode } from "./farmError";
import { formatPath, show } from "./validate";

/** What a fault of a service says, before it is known where the service stands. */
export interface Finding {
  at: PropertyKey[];
  code: FarmIssueCode;
  message: string;
  hint: string;
}

/** Puts findings where the service stands. */
export function toIssues(findings: readonly Finding[], path: readonly PropertyKey[]): FarmIssue[] {
  return findings.map(({ at, ...finding }) => ({ path: formatPath([...path, ...at]), ...finding }));
}

/** The engine that arguments are meant for. */
export interface Target {
  traits: PlatformTraits;
  release: HostRelease;
  /** @default "host" */
  orchestrator?: Orchestrator;
}

/** What this platform's engines refuse of a service, whatever else is wrong with it. */
export function platformFindings(service: unknown, target: Target): Finding[] {
  const { image, volumes, workingDir } = fieldsOf(service);
  return [
    ...imageFindings(image, target),
    ...listOf(volumes).flatMap((volume, index) => mountFindings(volume, index, target)),
    ...workingDirFindings(workingDir, target),
  ];
}

/** An image that the host cannot run. */
export function imageFindings(image: unknown, { traits, release }: Target): Finding[] {
  if (traits.name !== "windows" || typeof image !== "string") return [];
  const needed = releaseOf(image);
  if (needed === undefined || runs(release, needed)) return [];
  return [
    {
      at: ["image"],
      code: "refusedOnWindows",
      message: `${show(image)} is made for Windows Server ${needed}, which a ${release} host cannot run (error 0xc0370101)`,
      hint: `use an image of release ${release} or older, or set hostRelease to what the host is`,
    },
  ];
}

/** A mount whose paths the engine refuses. */
export function mountFindings(volume: unknown, index: number, target: Target): Finding[] {
  const { hostPath, containerPath } = fieldsOf(volume);
  return [
    ...pathFindings("host", hostPath, ["volumes", index, "hostPath"], target),
    ...pathFindings("container", containerPath, ["volumes", index, "containerPath"], target),
  ];
}

function pathFindings(kind: MountSide, value: unknown, at: PropertyKey[], { traits }: Target): Finding[] {
  const fault = typeof value === "string" && value !== "" ? traits.pathFault(kind, value) : undefined;
  if (fault === undefined) return [];
  const code = traits.name === "windows" ? "refusedOnWindows" : "invalidFormat";
  return [{ at, code, message: `${show(value)} ${fault.message}`, hint: fault.hint }];
}

function workingDirFindings(value: unknown, { traits }: Target): Finding[] {
  if (typeof value !== "string" || value === "" || traits.isAbsolute(value)) return [];
  return [
    {
      at: ["workingDir"],
      code: "invalidFormat",
      message: `${show(value)} is not absolute; the engine says "the working directory is invalid, it needs to be an absolute path"`,
      hint: `begin with ${traits.name === "windows" ? "a drive, such as c:\\app" : "/, such as /app"}`,
    },
  ];
}

/** A list, or nothing when it is something else: the schema says so. */
export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The properties of something that may be anything. */
export function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
