import type Docker from "dockerode";
import { prepareBaseImages } from "./baseImages";
import { webappReference, webappVersions, type FarmImages } from "./imageNames";
import { prepareWebappImages } from "./webappImages";

export type { FarmImages } from "./imageNames";

export interface PrepareImagesOptions {
  readonly docker: Docker;
  readonly log: (line: string) => void;
  /** What the engine's host runs; these images are for Linux. */
  readonly hostOs?: string;
}

/**
 * Puts the images of the Linux twin into an engine and returns their references: those that are there
 * already, else official ones where a registry answers, else ones made from Debian packages.
 */
export async function prepareImages({
  docker,
  log,
  hostOs = "linux",
}: PrepareImagesOptions): Promise<FarmImages> {
  if (hostOs !== "linux") {
    throw new Error(`images are made for Linux engines only, this one is ${hostOs}: name images of your own`);
  }
  const base = await prepareBaseImages(docker, log);
  await prepareWebappImages(docker, base.console, log);
  return { webapp: webappReference(webappVersions[0]), proxy: base.proxy, console: base.console };
}
