import { existsSync, statSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { cpus, networkInterfaces } from "node:os";
import { join, relative, sep } from "node:path";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { HostRelease } from "../../sdk/args";
import { EngineRefusal, type JsonObject } from "./api";
import type { Below } from "./create";
import { Engine, type EnginePlace } from "./engine";
import { Exchange } from "./exchange";
import { FrontIdentity } from "./identity";
import { Delays, type FrontKnobs } from "./knobs";
import type { Look } from "./mounts";
import { networkBodyBelow } from "./networks";
import { routeOf } from "./router";
import type { View } from "./show";
import { tunnel } from "./tunnel";
import { loopsBack, type Isolation, type WindowsHost } from "./windowsHost";
import { belowPath, windowsPath } from "./windowsPaths";
import { messageOf } from "../../sdk/errorText";

export interface FrontOptions {
  /** The Linux engine, as DOCKER_HOST names it: `unix:///run/docker.sock` or `tcp://127.0.0.1:2375`. */
  readonly engine: string;
  /** The Windows Server that the front stands for. */
  readonly release: HostRelease;
  /** The host's own directory: its drives are the folders `c`, `d` below it, which the engine must see too. */
  readonly stateDir: string;
  /** Where clients find the front. @default a socket in stateDir */
  readonly listen?: { readonly socketPath: string } | { readonly port: number };
  /** What containers run in that ask for no isolation. @default "process" */
  readonly isolation?: Isolation;
  /** The host's address in its network, where published ports answer other machines. @default found */
  readonly hostAddress?: string;
  /** How the host misbehaves. @default not at all */
  readonly knobs?: FrontKnobs;
}

/** A front that listens. */
export interface Front {
  /** For DOCKER_HOST. */
  readonly dockerHost: string;
  /** Where the published ports answer. */
  readonly hostAddress: string;
  /** Stops it and removes the containers, networks and volumes that it made; images stay. */
  close(): Promise<void>;
}

/** What the handlers of requests work with. */
export interface FrontContext {
  readonly engine: Engine;
  readonly identity: FrontIdentity;
  readonly host: WindowsHost;
  readonly view: View;
  readonly below: Below;
  readonly look: Look;
  readonly delays: Delays;
}

/**
 * Starts an HTTP endpoint before a Linux engine that behaves towards its clients as the engine of a Windows
 * Server host does. Fronts with another stateDir do not see each other's containers.
 *
 * @throws Error when the engine does not answer or the place to listen at is taken
 * @example
 * ```ts
 * const front = await startFront({ engine: "unix:///run/docker.sock", release: "2022", stateDir: "/tmp/lab" });
 * process.env.DOCKER_HOST = front.dockerHost;
 * // ...
 * await front.close();
 * ```
 */
export async function startFront(options: FrontOptions): Promise<Front> {
  const { stateDir, release, knobs = {} } = options;
  const engine = new Engine(enginePlace(options.engine));
  const identity = await FrontIdentity.of(stateDir);
  await mkdir(join(stateDir, "c"), { recursive: true });
  const info = await engine.json<{ NCPU?: number }>("GET", "/info");
  const host: WindowsHost = {
    release,
    isolation: options.isolation ?? "process",
    cpus: info.NCPU ?? cpus().length,
  };
  const gateway = await ensureNat(engine, identity);
  const hostAddress = options.hostAddress ?? ownAddress() ?? gateway;
  const directory = (path: string): string => join(stateDir, belowPath(path));
  const context: FrontContext = {
    engine,
    identity,
    host,
    view: { identity, host, hostPath: (below) => hostPath(stateDir, below) },
    below: {
      identity,
      directory,
      publishAddress: loopsBack(release) ? "0.0.0.0" : hostAddress,
      environment: knobs.environment ?? {},
      dns: knobs.dns ?? [],
    },
    look: (path) => {
      const found = directory(path);
      if (!existsSync(found)) return undefined;
      return statSync(found).isDirectory() ? "directory" : "file";
    },
    delays: new Delays(knobs),
  };
  const server = serve(context);
  // Streams that are no longer HTTP are not the server's to close.
  const connections = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    connections.add(socket);
    socket.on("close", () => connections.delete(socket));
  });
  const place = options.listen ?? { socketPath: join(stateDir, "docker.sock") };
  const dockerHost = await listen(server, place).catch(async (error: unknown) => {
    await removeOwn(engine, identity);
    throw error;
  });
  return {
    dockerHost,
    hostAddress,
    async close() {
      const closed = new Promise((done) => server.close(done));
      for (const connection of connections) connection.destroy();
      await closed;
      await removeOwn(engine, identity);
    },
  };
}

function serve(context: FrontContext): Server {
  const server = createServer((incoming, outgoing) => {
    const exchange = new Exchange(incoming, outgoing, context.engine, context.identity);
    answer(exchange, context).catch((error: unknown) => {
      if (exchange.answered) outgoing.destroy();
      else exchange.answer(...failure(error));
    });
  });
  // A wait or a build says nothing for minutes.
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  server.on("upgrade", (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    tunnel(incoming, socket, head, context).catch((error: unknown) => {
      const [status, body] = failure(error);
      const text = JSON.stringify(body);
      socket.end(
        `HTTP/1.1 ${status} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
      );
    });
  });
  return server;
}

async function answer(exchange: Exchange, context: FrontContext): Promise<void> {
  const route = routeOf(exchange.method, exchange.path);
  if (route === undefined) {
    exchange.answer(501, {
      message: `the laboratory's engine front does not know ${exchange.method} ${exchange.path}`,
    });
    return;
  }
  await route.handle(exchange, context, ...route.parts);
}

/** What a client is told: the engine's own words where they are those of the engine. */
function failure(error: unknown): [number, JsonObject] {
  if (error instanceof EngineRefusal) return [error.status, { message: error.message }];
  const message = messageOf(error);
  if (error instanceof SyntaxError) return [400, { message: `invalid JSON: ${message}` }];
  return [500, { message: `the laboratory's engine front failed: ${message}` }];
}

function enginePlace(dockerHost: string): EnginePlace {
  if (dockerHost.startsWith("unix://")) return { socketPath: dockerHost.slice("unix://".length) };
  const { protocol, hostname, port } = new URL(dockerHost);
  if (protocol !== "tcp:" && protocol !== "http:")
    throw new Error(`${dockerHost} is no engine that the front can stand before; use unix:// or tcp://`);
  return { host: hostname, port: Number(port === "" ? 2375 : port) };
}

async function listen(server: Server, place: NonNullable<FrontOptions["listen"]>): Promise<string> {
  if ("socketPath" in place) await rm(place.socketPath, { force: true });
  await new Promise<void>((listening, failed) => {
    server.once("error", failed);
    if ("socketPath" in place) server.listen(place.socketPath, listening);
    // Whoever speaks to the front commands the engine below: this machine only.
    else server.listen(place.port, "127.0.0.1", listening);
  });
  if ("socketPath" in place) return `unix://${place.socketPath}`;
  return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The `nat` network that every Windows host has; resolves to its gateway, an address of the host. */
async function ensureNat(engine: Engine, identity: FrontIdentity): Promise<string> {
  const name = identity.below("nat");
  const inspect = () => engine.json<{ IPAM: { Config: { Gateway?: string }[] } }>("GET", `/networks/${name}`);
  const found = await inspect().catch(async (error: unknown) => {
    if (!(error instanceof EngineRefusal) || error.status !== 404) throw error;
    await engine.json("POST", "/networks/create", networkBodyBelow({ Name: "nat" }, identity));
    return inspect();
  });
  const gateway = found.IPAM.Config[0]?.Gateway;
  if (gateway === undefined) throw new Error(`the network ${name} has no gateway`);
  return gateway;
}

/** This machine's address in a network of machines: not that of a bridge for containers. */
function ownAddress(): string | undefined {
  return Object.entries(networkInterfaces())
    .filter(([name]) => !/^(docker|br-|veth|virbr|lo)/.test(name))
    .flatMap(([, addresses]) => addresses ?? [])
    .find(({ family, internal }) => family === "IPv4" && !internal)?.address;
}

function hostPath(stateDir: string, below: string): string | undefined {
  const inside = relative(stateDir, below);
  return inside.startsWith("..") ? undefined : windowsPath(`/${inside.split(sep).join("/")}`);
}

/** Removes, by id, what carries this front's label or prefix. */
async function removeOwn(engine: Engine, identity: FrontIdentity): Promise<void> {
  const label = encodeURIComponent(JSON.stringify({ label: [identity.filter] }));
  const containers = await engine.json<{ Id: string }[]>("GET", `/containers/json?all=1&filters=${label}`);
  await Promise.all(
    containers.map(({ Id }) => engine.json("DELETE", `/containers/${Id}?force=1&v=1`).catch(gone)),
  );
  const networks = await engine.json<{ Id: string }[]>("GET", `/networks?filters=${label}`);
  for (const { Id } of networks) await removeNetwork(engine, Id);
  const name = encodeURIComponent(JSON.stringify({ name: [identity.prefix] }));
  const { Volumes } = await engine.json<{ Volumes: { Name: string }[] | null }>(
    "GET",
    `/volumes?filters=${name}`,
  );
  for (const volume of Volumes ?? []) await engine.json("DELETE", `/volumes/${volume.Name}`).catch(gone);
}

/** A container that is being removed holds its network for a moment: 403. */
async function removeNetwork(engine: Engine, id: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await engine.json("DELETE", `/networks/${id}`).catch(gone);
      return;
    } catch (error) {
      if (!(error instanceof EngineRefusal) || error.status !== 403 || tries === 20) throw error;
      await new Promise((done) => setTimeout(done, 500));
    }
  }
}

function gone(error: unknown): void {
  // 409: its removal is under way already, as after `run --rm`.
  if (!(error instanceof EngineRefusal) || (error.status !== 404 && error.status !== 409)) throw error;
}
