import { needsHyperV, releaseOf } from "../platform/releases";
import type { Target } from "./platformRules";

/** Arguments of a service that engines take, but that people are sorry for later. */
export interface Warned {
  image: unknown;
  alias: string;
}

/** What to tell about a service that is not wrong enough to be refused. */
export function serviceWarnings({ image, alias }: Warned, target: Target): string[] {
  return [...imageWarnings(image, target), ...aliasWarnings(alias, target)];
}

/** What stop-first means for the requests of an app behind a proxy. */
export function stopFirstWarning(app: string): string {
  return (
    `${app}: with rollout "stopFirst" requests through the proxy fail during each roll (502), from the moment the ` +
    "last old replica stops until all new ones are healthy and the proxy has reloaded. " +
    'Use "startFirst" unless the service needs fixed host ports; behind a proxy it seldom does.'
  );
}

function imageWarnings(image: unknown, { traits, release }: Target): string[] {
  if (typeof image !== "string") return [];
  const warnings: string[] = [];
  const name = floatingName(image);
  if (name !== undefined) {
    warnings.push(
      `image ${image} has a floating tag: it may become another image under the same name, and nothing would be rolled out. ` +
        `Pin it, ${name}:VERSION or ${name}@sha256:DIGEST; ` +
        `docker image inspect --format "{{index .RepoDigests 0}}" ${image} prints the latter.`,
    );
  }
  const made = releaseOf(image);
  if (
    traits.name === "windows" &&
    made !== undefined &&
    Number(made) < Number(release) &&
    needsHyperV(release, made)
  ) {
    warnings.push(
      `image ${image} is made for Windows Server ${made} and runs on a ${release} host under Hyper-V isolation only. ` +
        `The engine's default must be that ("exec-opts": ["isolation=hyperv"] in daemon.json), or use an image of release ${release}.`,
    );
  }
  return warnings;
}

/** The image without its tag, when the tag is `latest` or none. */
function floatingName(image: string): string | undefined {
  if (image.includes("@") || image.startsWith("sha256:")) return undefined;
  const [, name, tag] = /^(.*?)(?::([^:/]+))?$/.exec(image) ?? [];
  return tag === undefined || tag === "latest" ? name : undefined;
}

/** A Windows computer name holds 15 characters; what an engine does with a longer one is unproven. */
function aliasWarnings(alias: string, { traits }: Target): string[] {
  if (traits.name !== "windows" || alias.length <= 15) return [];
  return [
    `alias ${alias} has ${alias.length} characters; Windows keeps 15 of a computer's name, and whether its engine ` +
      "still finds the longer one is not proven. Give a shorter alias.",
  ];
}
