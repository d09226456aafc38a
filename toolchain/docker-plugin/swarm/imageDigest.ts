import { messageOf } from "../errors";
import type { OperationContext } from "../resource";
import { within } from "../timing";
import { type PropertyMap, text } from "../values";

const REGISTRY_LIMIT_MS = 20_000;

/** What a registry says of an image: the digest, and for which platforms it is built. */
export interface Distribution {
  readonly Descriptor: { readonly digest: string };
  readonly Platforms?: readonly { readonly architecture?: string; readonly os?: string }[];
}

/**
 * The image pinned to the digest that its registry has now, so that all nodes run the same. The engine asks
 * the registry; like the official plugin this is done when a service is created, and not when it is updated.
 */
export async function pinned(image: string, context: OperationContext): Promise<Distribution | undefined> {
  if (image.includes("@")) return undefined;
  const { engine, log } = context;
  try {
    const authconfig = await engine.credentials(image);
    const asked = engine.docker.getImage(image).distribution({ ...(authconfig && { authconfig }) });
    const limit = `no answer within ${REGISTRY_LIMIT_MS / 1000} s`;
    return await within(REGISTRY_LIMIT_MS, limit, asked);
  } catch (error) {
    log("debug", messageOf(error));
    log(
      "warning",
      `image ${image} could not be accessed on a registry to record its digest. Each node will access ${image} ` +
        "independently, possibly leading to different nodes running different versions of the image.",
    );
    return undefined;
  }
}

/** The specification with the registry's digest, and the image's platforms in the place of the program's. */
export function withDistribution(spec: PropertyMap, distribution: Distribution): PropertyMap {
  const task = spec.TaskTemplate as PropertyMap & { ContainerSpec: PropertyMap; Placement: PropertyMap };
  const found = (distribution.Platforms ?? []).map(({ architecture = "", os = "" }) => ({
    Architecture: architecture,
    OS: os,
  }));
  return {
    ...spec,
    TaskTemplate: {
      ...task,
      ContainerSpec: {
        ...task.ContainerSpec,
        Image: `${text(task.ContainerSpec.Image)}@${distribution.Descriptor.digest}`,
      },
      Placement: { ...task.Placement, ...(found.length > 0 && { Platforms: found }) },
    },
  };
}
