import { webappReference, webappVersions } from "../../toolchain/images/imageNames";
import type { FarmImages } from "../../toolchain/images";
import { ComposeFarm } from "./composeFarm";
import type { Compose } from "./dockerCompose";
import { Load, type LoadShape } from "./load";
import { rowDuring, type LoadRow } from "./loadTable";

/** The changes of a scale set's test, made with docker compose under the same load, for comparison. */
export async function composeChanges(
  compose: Compose,
  images: FarmImages,
  shape: LoadShape,
): Promise<LoadRow[]> {
  const farm = await ComposeFarm.start(compose, images, 2);
  const load = new Load(farm.url, shape);
  const rows: LoadRow[] = [];
  const during = async (change: string, work: () => Promise<unknown>) => {
    rows.push(await rowDuring(load, change, work));
  };
  try {
    await during("2 -> 5", () => farm.scale(5));
    await during("reload by hand", () => farm.reload());
    await during("5 -> 2", () => farm.scale(2));
    await during("reload by hand", () => farm.reload());
    await during("image roll", () => farm.roll(webappReference(webappVersions[1]), "2", 2));
  } finally {
    await load.stop();
    await farm.remove();
  }
  return rows;
}
