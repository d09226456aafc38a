/** What a registry said of a service's image when the service was made. */
export interface PinnedImage {
  /** With the digest: `web:1@sha256:...`. */
  image: string;
  /** The platforms that the image is for. */
  platforms: readonly { architecture: string; os: string }[];
}

/** A service as the swarm has it, as far as its image goes. */
export interface RunningImage extends PinnedImage {
  /** Digest of what its tasks are. */
  spec: string;
}

/**
 * The image as the swarm has it, while the service stays what it is. The docker plugin pins the image to the
 * registry's digest when it creates a service, and never when it updates one: to ask for the bare tag again would be a
 * change in the next preview, and a roll of every replica in the next `up`. Pure.
 *
 * @returns undefined when the service changes anyway, or its image was not pinned: then the program's image counts
 */
export function pinnedImage(
  running: RunningImage | undefined,
  spec: string,
  image: string,
): PinnedImage | undefined {
  if (running?.spec !== spec) return undefined;
  if (!isPinned(running.image, image)) return undefined;
  return { image: running.image, platforms: running.platforms };
}

/** Whether a service's image is the one named, with the digest that a registry gave for it. Pure. */
export function isPinned(running: string, image: string): boolean {
  return running.startsWith(`${withTag(image)}@`);
}

/** Docker's clients add the tag that stands for none. */
function withTag(image: string): string {
  return image.slice(image.lastIndexOf("/") + 1).includes(":") ? image : `${image}:latest`;
}
