import { get } from "node:http";
import { connect as connectTcp } from "node:net";
import type Docker from "dockerode";
import { labelNames } from "../../sdk/plan/labels";
import { remoteHost } from "../../sdk/plan/urls";
import { bounded } from "../../sdk/preflight/bounded";
import { portHolder } from "../../sdk/preflight/ports";
import { proxyPort } from "../../sdk/proxy/ports";
import { exec, isNotRunning } from "../../sdk/reload/exec";
import { reachEngine, type Engine } from "../engine/connection";
import { farmContainers, type FarmContainer } from "../engine/farmContainers";
import { stackConfig, type EngineOptions, type StackConfig } from "../engine/settings";
import { CommandError, exitCodes, type ExitCode } from "../exitCodes";
import { columns, type Colours, type Io } from "../io";
import {
  checks,
  type Check,
  type DoctorFacts,
  type ImageFacts,
  type PortFacts,
  type Verdict,
} from "./checks";
import { swarmFacts } from "./swarm";

/** Options of `webfarm doctor`. */
export interface DoctorOptions extends EngineOptions {
  json?: boolean;
  /** Ports that a farm is to publish. */
  port?: number[];
  /** Images that a farm is to use. */
  image?: string[];
  /** Who is to run a farm. */
  orchestrator?: string;
}

/** `webfarm doctor`: looks at everything that a farm needs of its host. */
export async function doctor(options: DoctorOptions, io: Io): Promise<ExitCode> {
  const found = await examine(options, io);
  if (options.json === true) {
    const ok = found.every(({ verdict }) => verdict !== "problem");
    io.out(JSON.stringify({ ok, checks: found }, undefined, 2));
  } else {
    for (const line of doctorText(found, io.colours)) io.out(line);
  }
  if (found.some(({ name, verdict }) => name === "engine" && verdict === "problem"))
    return exitCodes.unreachable;
  return found.some(({ verdict }) => verdict === "problem") ? exitCodes.found : exitCodes.ok;
}

/** An engine that does not answer is what the doctor says first, and all that can be said. */
async function examine(options: DoctorOptions, io: Io): Promise<Check[]> {
  try {
    const engine = await reachEngine(options, io.note);
    const config = options.host === undefined ? engine.config : await stackConfig(options, io.note);
    return checks(await doctorFacts(engine, config, options));
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return [{ name: "engine", verdict: "problem", message: error.message, hint: error.hint }];
  }
}

async function doctorFacts(
  engine: Engine,
  config: StackConfig,
  options: DoctorOptions,
): Promise<DoctorFacts> {
  const { docker, host, version, platform } = engine;
  const info = (await bounded(docker.info(), 15)) as {
    KernelVersion: string;
    Architecture: string;
    Isolation?: string;
  };
  const containers = await farmContainers(docker);
  const proxies = containers.filter(({ service, state }) => service === "proxy" && state === "running");
  const local = remoteHost(host) === undefined;
  const loopback = local ? await loopbackOf(proxies) : undefined;
  const nat = await natOf(docker);
  const wanted = wantedOf(config);
  const images = imageNames(containers, config, options.image);
  const ports = options.port ?? [portIn(config) ?? 80];
  const orchestrator = options.orchestrator ?? valuesOf(config, "orchestrator")[0];
  const swarm = await swarmFacts(docker, {
    ...(orchestrator === undefined ? {} : { orchestrator }),
    platform: wanted.platform === "windows" || wanted.platform === "linux" ? wanted.platform : platform,
    ...(wanted.hostRelease === undefined ? {} : { hostRelease: wanted.hostRelease }),
    imagesOnNodes: valuesOf(config, "imagesOnNodes")[0] === "true",
    ports,
    images,
  });
  return {
    engine: {
      host,
      version,
      platform,
      kernel: info.KernelVersion,
      architecture: info.Architecture,
      isolation: platform === "windows" ? (info.Isolation ?? "") : "",
    },
    wanted,
    ...(swarm === undefined ? {} : { swarm }),
    ...(nat === undefined ? {} : { nat }),
    images: await imagesOf(docker, images),
    proxies: await Promise.all(proxies.map((proxy) => nginxOf(engine, proxy))),
    ports: await portsOf(docker, ports, local),
    ...(loopback === undefined ? {} : { loopback }),
  };
}

/** The last part of a key: `platform` of `shop:platform` and of `webfarm:platform`. */
function valuesOf(config: StackConfig, key: string): string[] {
  return Object.entries(config).flatMap(([name, value]) =>
    name.endsWith(`:${key}`) && value !== "" ? [value] : [],
  );
}

function wantedOf(config: StackConfig): DoctorFacts["wanted"] {
  const [platform] = valuesOf(config, "platform");
  const [hostRelease] = valuesOf(config, "hostRelease");
  return {
    ...(platform === undefined ? {} : { platform }),
    ...(hostRelease === undefined ? {} : { hostRelease }),
  };
}

function portIn(config: StackConfig): number | undefined {
  const port = Number(valuesOf(config, "publishPort")[0]);
  return Number.isInteger(port) ? port : undefined;
}

function imageNames(
  containers: readonly FarmContainer[],
  config: StackConfig,
  asked: readonly string[] = [],
): string[] {
  const configured = Object.entries(config).flatMap(([key, value]) =>
    /:\w*image$/i.test(key) && value !== "" ? [value] : [],
  );
  return [...new Set([...asked, ...configured, ...containers.map(({ image }) => image)])];
}

function imagesOf(docker: Docker, names: readonly string[]): Promise<ImageFacts[]> {
  return Promise.all(
    names.map(async (name): Promise<ImageFacts> => {
      try {
        const inspected = await bounded(docker.getImage(name).inspect(), 15);
        const { Os, Architecture, OsVersion = "" } = inspected as typeof inspected & { OsVersion?: string };
        return { name, found: { os: Os, architecture: Architecture, osVersion: OsVersion } };
      } catch (error) {
        if ((error as { statusCode?: number }).statusCode !== 404) throw error;
        return { name };
      }
    }),
  );
}

async function nginxOf({ docker, traits }: Engine, { name }: FarmContainer) {
  const command = [traits.proxy.program, "-v"];
  try {
    const { lines } = await exec(docker.getContainer(name), command, { timeoutSeconds: 20 });
    const version = /nginx\/(\d+\.\d+\.\d+)/.exec(lines.join("\n"))?.[1];
    return { name, ...(version === undefined ? {} : { version }) };
  } catch (error) {
    if (isNotRunning(error)) return { name };
    throw error;
  }
}

function portsOf(docker: Docker, ports: readonly number[], local: boolean): Promise<PortFacts[]> {
  return Promise.all(
    ports.map(async (port) => {
      const holder = await portHolder(docker, port, local);
      if (holder === undefined) return { port, ours: false };
      return { port, holder: holder.name, ours: holder.labels[labelNames.farm] !== undefined };
    }),
  );
}

async function natOf(docker: Docker): Promise<DoctorFacts["nat"]> {
  const networks = await bounded(docker.listNetworks({ filters: { name: ["nat"] } }), 15);
  const nat = networks.find(({ Name }) => Name === "nat");
  return nat === undefined
    ? undefined
    : { driver: nat.Driver, gateway: nat.IPAM?.Config?.[0]?.Gateway ?? "" };
}

const answerSeconds = 5;

/** Asks the first proxy that publishes a port on this host for its health. */
async function loopbackOf(proxies: readonly FarmContainer[]): Promise<DoctorFacts["loopback"]> {
  const [published] = proxies.flatMap(({ ports }) => ports);
  if (published === undefined) return undefined;
  const { host: port, container } = published;
  const answers = container === proxyPort ? askHealth(port) : takesConnections(port);
  return { port, answers: await bounded(answers, answerSeconds).catch(() => false) };
}

function askHealth(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const options = {
      host: "localhost",
      port,
      path: "/_webfarm/health",
      agent: false,
      timeout: answerSeconds * 1000,
    };
    get(options, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    }).on("error", () => {
      resolve(false);
    });
  });
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp({ host: "localhost", port, timeout: answerSeconds * 1000 });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => {
      resolve(false);
    });
  });
}

/** The checks as lines of text. Pure. */
export function doctorText(found: readonly Check[], colours: Colours): string[] {
  const paint: Record<Verdict, (text: string) => string> = {
    ok: colours.green,
    warning: colours.yellow,
    problem: colours.red,
    skipped: colours.dim,
  };
  const rows = columns(found.map(({ name, verdict, message }) => [paint[verdict](verdict), name, message]));
  return found.flatMap(({ hint }, index) => [
    rows[index] ?? "",
    ...(hint === undefined ? [] : [`    -> ${hint}`]),
  ]);
}
