import { EngineRefusal, type EndpointSettings, type NetworkBody } from "../api";
import { endpointBelow } from "../create";
import type { Exchange } from "../exchange";
import { nameFits, readFilters } from "../filters";
import type { FrontContext } from "../front";
import { isPredefined, networkBodyBelow, networkFaults } from "../networks";
import { showNetwork } from "../show";
import { ownContainer, ownNetwork, type OwnNetwork } from "./own";

export async function list(exchange: Exchange, { identity, view }: FrontContext): Promise<void> {
  const { name, driver, ...rest } = readFilters(exchange.query.get("filters"));
  exchange.query.set("filters", JSON.stringify(rest));
  await exchange.passJson((below: OwnNetwork[]) =>
    below
      .filter(({ Labels, Driver }) => identity.owns(Labels) || Driver === "null")
      .filter(({ Name }) => nameFits(identity.hide(Name), name))
      .map((network) => showNetwork(network, view))
      .filter(({ Driver }) => driver === undefined || driver.includes(String(Driver))),
  );
}

export async function inspect(exchange: Exchange, context: FrontContext, name: string): Promise<void> {
  const { Id } = await ownNetwork(context, name);
  await exchange.passJson((below: OwnNetwork) => showNetwork(below, context.view), {
    path: `/networks/${Id}`,
  });
}

export async function create(exchange: Exchange, { identity }: FrontContext): Promise<void> {
  const body = await exchange.json<NetworkBody>();
  const [fault] = networkFaults(body);
  if (fault !== undefined) throw new EngineRefusal(fault.status, fault.message);
  await exchange.pass({ body: networkBodyBelow(body, identity) });
}

export async function remove(exchange: Exchange, context: FrontContext, name: string): Promise<void> {
  const { Id, Name } = await ownNetwork(context, name);
  const shown = context.identity.hide(Name);
  if (isPredefined(shown))
    throw new EngineRefusal(403, `${shown} is a pre-defined network and cannot be removed`);
  await exchange.pass({ path: `/networks/${Id}` });
}

export async function connect(exchange: Exchange, context: FrontContext, name: string): Promise<void> {
  const { Id } = await ownNetwork(context, name);
  const body = await exchange.json<{ Container?: string; EndpointConfig?: EndpointSettings | null }>();
  const container = await ownContainer(context, body.Container ?? "");
  const ownName = context.identity.hide(container.Name).slice(1);
  await exchange.pass({
    path: `/networks/${Id}/connect`,
    body: {
      ...body,
      Container: container.Id,
      EndpointConfig: endpointBelow(body.EndpointConfig ?? null, ownName),
    },
  });
}

export async function disconnect(exchange: Exchange, context: FrontContext, name: string): Promise<void> {
  const { Id } = await ownNetwork(context, name);
  const body = await exchange.json<{ Container?: string }>();
  const container = await ownContainer(context, body.Container ?? "");
  await exchange.pass({ path: `/networks/${Id}/disconnect`, body: { ...body, Container: container.Id } });
}

/** The engine below would take nat away, too, when no container is in it. */
export async function prune(exchange: Exchange, { engine, identity }: FrontContext): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ label: [identity.filter] }));
  const own = await engine.json<OwnNetwork[]>("GET", `/networks?filters=${filters}`);
  const removed: string[] = [];
  for (const { Id, Name } of own.filter((network) => !isPredefined(identity.hide(network.Name)))) {
    const { Containers } = await engine.json<{ Containers: object }>("GET", `/networks/${Id}`);
    if (Object.keys(Containers).length > 0) continue;
    await engine.json("DELETE", `/networks/${Id}`);
    removed.push(Name);
  }
  exchange.answer(200, { NetworksDeleted: removed });
}
