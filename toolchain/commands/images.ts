import { prepareImages, type FarmImages } from "../images";
import { dockerClient } from "../setup/dockerClient";
import type { Progress } from "../setup/progress";
import type { Toolchain } from "../setup";

/** Makes the images of the Linux twin; on a Windows engine the images are the user's. */
export function prepareFarmImages(toolchain: Toolchain, progress: Progress): Promise<FarmImages | undefined> {
  return progress.step("Images", async (report) => {
    const { endpoint, os } = toolchain.engine;
    if (os === "windows") {
      report.result("those that the stack's configuration names");
      return undefined;
    }
    const images = await prepareImages({
      docker: dockerClient(endpoint),
      log: (line: string) => {
        report.activity(line);
      },
    });
    report.result(`${images.webapp}, ${images.proxy}, ${images.console}`);
    return images;
  });
}
