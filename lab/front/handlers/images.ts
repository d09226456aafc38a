import type { Exchange } from "../exchange";
import type { FrontContext } from "../front";
import { labLabels } from "../identity";
import { showImage, type ImageInspection } from "../show";
import { unlessMissing } from "./own";

export function inspect(exchange: Exchange, { view }: FrontContext): Promise<void> {
  return exchange.passJson((below: ImageInspection) => showImage(below, view));
}

/**
 * A pull. The laboratory's images stand for those of Microsoft's registry: one that is there is up to date,
 * without asking the registry, whose image would not run here.
 */
export async function pull(exchange: Exchange, { engine }: FrontContext): Promise<void> {
  exchange.query.delete("platform");
  const from = exchange.query.get("fromImage");
  if (from === null) return exchange.stream();
  const tag = exchange.query.get("tag") ?? "";
  const separator = tag.startsWith("sha256:") ? "@" : ":";
  const reference = tag === "" ? from : `${from}${separator}${tag}`;
  const found = await unlessMissing(
    engine.json<ImageInspection>("GET", `/images/${encodeURI(reference)}/json`),
  );
  if (found === undefined || !(labLabels.cell in (found.Config?.Labels ?? {}))) return exchange.stream();
  exchange.answer(200, { status: `Status: Image is up to date for ${reference}` });
}
