import type { JsonObject } from "../api";
import type { Exchange } from "../exchange";
import { nameFits, readFilters } from "../filters";
import type { FrontContext } from "../front";
import { showVolume } from "../show";

export async function list(exchange: Exchange, { identity, view }: FrontContext): Promise<void> {
  const { name, ...rest } = readFilters(exchange.query.get("filters"));
  exchange.query.set("filters", JSON.stringify({ ...rest, name: [identity.prefix] }));
  await exchange.passJson((below: { Volumes: JsonObject[] | null }) => ({
    ...below,
    Volumes: (below.Volumes ?? [])
      .filter(({ Name }) => nameFits(identity.hide(String(Name)), name))
      .map((volume) => showVolume(volume, view)),
  }));
}

export async function create(exchange: Exchange, { identity, view }: FrontContext): Promise<void> {
  const body = await exchange.json<{ Name?: string; Labels?: Record<string, string> | null }>();
  // Names of files know no case on Windows. An unnamed volume gets its name from the engine below.
  const name = body.Name ? { Name: identity.below(body.Name.toLowerCase()) } : {};
  await exchange.passJson((below: JsonObject) => showVolume(below, view), {
    body: { ...body, ...name, Labels: { ...body.Labels, ...identity.labels } },
  });
}

export function inspect(exchange: Exchange, context: FrontContext, name: string): Promise<void> {
  return exchange.passJson((below: JsonObject) => showVolume(below, context.view), {
    path: `/volumes/${context.identity.below(name.toLowerCase())}`,
  });
}

export function remove(exchange: Exchange, { identity }: FrontContext, name: string): Promise<void> {
  return exchange.pass({ path: `/volumes/${identity.below(name.toLowerCase())}` });
}

export async function prune(exchange: Exchange, { identity }: FrontContext): Promise<void> {
  const { label = [], ...rest } = readFilters(exchange.query.get("filters"));
  exchange.query.set("filters", JSON.stringify({ ...rest, label: [...label, identity.filter] }));
  await exchange.pass();
}
