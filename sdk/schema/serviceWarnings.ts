import { needsHyperV, releaseOf } from "../platform/releases";
import type { Target } from "./platformRules";
import { warnings } from "./warnings";

/** Arguments of a service that engines take, but that people are sorry for later. */
export interface Warned {
  image: unknown;
  alias: string;
  volumes?: readonly { hostPath?: unknown }[];
}

/** What to tell about a service that is not wrong enough to be refused. */
export function serviceWarnings({ image, alias, volumes = [] }: Warned, target: Target): string[] {
  return [
    ...imageWarnings(image, target),
    ...aliasWarnings(alias, target),
    ...volumes.flatMap(({ hostPath }) => directoryWarnings(hostPath, target)),
  ];
}

function imageWarnings(image: unknown, { traits, release }: Target): string[] {
  if (typeof image !== "string") return [];
  const found: string[] = [];
  const name = floatingName(image);
  if (name !== undefined) found.push(warnings.floatingTag(image, name));
  const made = releaseOf(image);
  if (
    traits.name === "windows" &&
    made !== undefined &&
    Number(made) < Number(release) &&
    needsHyperV(release, made)
  ) {
    found.push(warnings.hyperVOnly(image, made, release));
  }
  return found;
}

/** The image without its tag, when the tag is `latest` or none. */
function floatingName(image: string): string | undefined {
  if (image.includes("@") || image.startsWith("sha256:")) return undefined;
  const [, name, tag] = /^(.*?)(?::([^:/]+))?$/.exec(image) ?? [];
  return tag === undefined || tag === "latest" ? name : undefined;
}

function aliasWarnings(alias: string, { traits }: Target): string[] {
  return traits.name === "windows" && alias.length > 15 ? [warnings.longAlias(alias)] : [];
}

function directoryWarnings(hostPath: unknown, { orchestrator }: Target): string[] {
  return orchestrator === "swarm" && typeof hostPath === "string" ? [warnings.hostDirectory(hostPath)] : [];
}
