/** The images of the stack, as references that the engine has. */
export interface FarmImages {
  readonly webapp: string;
  readonly proxy: string;
  readonly console: string;
}

/** Pinned, so that a farm does not change because a registry did. */
export const officialImages = { proxy: "nginx:1.28.0-alpine", console: "busybox:1.37.0" } as const;

export const repository = "pulumi-webfarm";

/** The web app in two versions, so that a roll to another image can be shown. */
export const webappVersions = ["1", "2"] as const;

export function webappReference(version: string): string {
  return `${repository}/webapp:${version}`;
}

/** Says what an image was made from; an image with another value is made anew. */
export const contentLabel = "pulumi-webfarm.content";
/** The Debian packages in an image, with their versions. */
export const packagesLabel = "pulumi-webfarm.packages";

/** The version of a Debian package as a tag: its upstream part, which is what users know. */
export function imageTag(debianVersion: string): string {
  const withoutEpoch = debianVersion.replace(/^\d+:/, "");
  const upstream = withoutEpoch.replace(/-[^-]*$/, "").replace(/[+~].*$/, "");
  return upstream.replace(/[^A-Za-z0-9_.-]/g, "_");
}
