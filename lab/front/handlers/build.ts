import { EngineRefusal, given, type ContainerConfig } from "../api";
import { translatedContext } from "../buildContext";
import type { Exchange } from "../exchange";
import type { FrontContext } from "../front";
import { labLabels } from "../identity";
import { networkBelow } from "../create";
import { faceOfLabels, type ImageInspection } from "../show";
import { ownContainer, unlessMissing } from "./own";

/** A build: a Dockerfile for Windows becomes one that runs below. */
export async function build(exchange: Exchange, { engine, identity }: FrontContext): Promise<void> {
  const { query } = exchange;
  if (query.get("version") === "2")
    throw new EngineRefusal(400, "BuildKit is not part of Windows engines; set DOCKER_BUILDKIT=0");
  query.delete("platform");
  const mode = query.get("networkmode") ?? "";
  // Without a network of their own, builds are in the default one below, which has no names to look up.
  if (["", "default", "nat"].includes(mode)) query.delete("networkmode");
  else query.set("networkmode", networkBelow(mode, identity));
  if (given(query.get("remote")) !== undefined) return exchange.stream();

  const isCell = async (reference: string): Promise<boolean> => {
    const path = `/images/${encodeURI(reference)}/json`;
    const image = await unlessMissing(engine.json<ImageInspection>("GET", path));
    return labLabels.cell in (image?.Config?.Labels ?? {});
  };
  const context = translatedContext(exchange.body, {
    dockerfile: given(query.get("dockerfile")) ?? "Dockerfile",
    buildArgs: JSON.parse(given(query.get("buildargs")) ?? "{}") as Record<string, string | null>,
    isCell,
  });
  await exchange.stream({ body: context });
}

/** An image of a container: its settings are those that the client gave, not those that run below. */
export async function commit(exchange: Exchange, context: FrontContext): Promise<void> {
  const container = await ownContainer(context, exchange.query.get("container") ?? "");
  const asked = await exchange.json<ContainerConfig>();
  const face = faceOfLabels(container.Config.Labels)?.config ?? {};
  exchange.query.set("container", container.Id);
  const { Cmd, Entrypoint, Healthcheck } = face;
  // The engine fills in from the container below what is missing: an empty entrypoint is none.
  const body = { Cmd, Healthcheck, ...asked, Entrypoint: asked.Entrypoint ?? Entrypoint ?? [] };
  await exchange.pass({ body });
}
