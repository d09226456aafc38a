import { join } from "node:path";
import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { ImageBuildArgs, Platform } from "../args";

/**
 * Builds images on the engine, and gives back what leads from an image's name to what was built under it:
 * its digest, so that a new build makes new containers.
 */
export function builtImages(
  farm: string,
  builds: Readonly<Record<string, ImageBuildArgs>>,
  platform: Platform,
  parent: pulumi.ComponentResource,
): (image: pulumi.Input<string>) => pulumi.Input<string> {
  const built = new Map(
    Object.entries(builds).map(([name, { context, dockerfile = "Dockerfile", args, target }]) => {
      const image = new docker.Image(
        `${farm}-${name.replace(/[^A-Za-z0-9]+/g, "-")}-image`,
        {
          imageName: name,
          skipPush: true,
          build: {
            context,
            dockerfile: join(context, dockerfile),
            ...(args === undefined ? {} : { args }),
            ...(target === undefined ? {} : { target }),
            // Else the plugin asks for what this machine runs, which a Windows engine elsewhere refuses.
            ...(platform === "windows" ? { platform: "windows/amd64" } : {}),
            // Windows engines have no other builder.
            builderVersion: "BuilderV1",
          },
        },
        { parent },
      );
      return [name, image.repoDigest];
    }),
  );
  return (image) => (typeof image === "string" ? (built.get(image) ?? image) : image);
}
