import type { JsonObject } from "../api";
import { showEvent } from "../events";
import type { Exchange } from "../exchange";
import { readFilters } from "../filters";
import type { FrontContext } from "../front";
import { showListed, showVolume, type ListedContainer } from "../show";
import { windowsInfo, windowsVersion } from "../windowsHost";
import { ownContainer, ownNetwork } from "./own";

/** Requests in which nothing of Windows shows. */
export function passOn(exchange: Exchange): Promise<void> {
  return exchange.pass();
}

/** The same, for what comes piece by piece. */
export function streamOn(exchange: Exchange): Promise<void> {
  return exchange.stream();
}

export function ping(exchange: Exchange): Promise<void> {
  return exchange.stream();
}

export function version(exchange: Exchange, { host }: FrontContext): Promise<void> {
  return exchange.passJson((below: JsonObject) => windowsVersion(below, host));
}

export async function info(exchange: Exchange, { host, engine, identity }: FrontContext): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ label: [identity.filter] }));
  const own = await engine.json<{ State: string }[]>("GET", `/containers/json?all=1&filters=${filters}`);
  const count = (state: string) => own.filter(({ State }) => State === state).length;
  const running = count("running");
  const paused = count("paused");
  await exchange.passJson((below: JsonObject) => ({
    ...windowsInfo(below, host),
    Containers: own.length,
    ContainersRunning: running,
    ContainersPaused: paused,
    ContainersStopped: own.length - running - paused,
  }));
}

/** The stream of events, of what this front made. */
export async function events(exchange: Exchange, context: FrontContext): Promise<void> {
  const filters = readFilters(exchange.query.get("filters"));
  const { container, network, volume, ...rest } = filters;
  const ids = async (names: string[] | undefined, find: (name: string) => Promise<string>) =>
    names && (await Promise.all(names.map((name) => find(name).catch(() => name))));
  const below = {
    ...rest,
    container: await ids(container, async (name) => (await ownContainer(context, name)).Id),
    network: await ids(network, async (name) => (await ownNetwork(context, name)).Id),
    volume: volume?.map((name) => context.identity.below(name)),
  };
  exchange.query.set("filters", JSON.stringify(below));
  await exchange.relay(await exchange.send(), (line) => showEvent(line, context.identity));
}

/** What lies on the disk: the images of all, the containers and volumes of this front. */
export function diskUsage(exchange: Exchange, { identity, view }: FrontContext): Promise<void> {
  return exchange.passJson(
    (below: { Containers?: ListedContainer[] | null; Volumes?: JsonObject[] | null }) => ({
      ...below,
      Containers: (below.Containers ?? [])
        .filter(({ Labels }) => identity.owns(Labels))
        .map((container) => showListed(container, view)),
      Volumes: (below.Volumes ?? [])
        .filter(({ Name }) => String(Name).startsWith(identity.prefix))
        .map((volume) => showVolume(volume, view)),
    }),
  );
}
