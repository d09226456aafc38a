import type { Output } from "@pulumi/pulumi";
// By the package's name: programs have the bundled file, and a class of another file would be another class.
import {
  FarmError,
  NatService,
  WindowsWebFarm,
  type FarmIssue,
  type ProxiedScaleSet,
  type Proxy,
} from "pulumi-webfarm";
import { upstreamsIn } from "../plan/summary";
import { isService, taskOf } from "./deployedTask";
import type { RegisteredResource } from "./mockEngine";
import { revealed } from "./revealed";

/** A published port of a container. */
export interface DeployedPort {
  /** Port inside the container. */
  container: number;
  /** Port of the host; one from 49152 on when the program gives none. */
  host: number;
  /** `tcp` or `udp`. */
  protocol: string;
}

/** A container as it was asked for; on a swarm a task of a service. */
export interface DeployedContainer {
  /** Pulumi's name of it, such as `shop-webapp-1`. */
  name: string;
  /** Its name on the engine, such as `shop-webapp-1-d748f5f`; on a swarm `shop-webapp-d748f5f.1`. */
  containerName: string;
  /** Image, as the program gives it. */
  image: string;
  /** The name by which others on the network find it; all replicas of an app share one. */
  hostname: string;
  /** Network that it is in. */
  network: string;
  /** Its environment variables, secrets laid open. */
  environment: Record<string, string>;
  /** Its labels, without those of the library. */
  labels: Record<string, string>;
  /** Its published ports. */
  ports: DeployedPort[];
  /** All arguments, as the docker plugin gets them, secrets laid open. */
  args: Record<string, unknown>;
}

/** An app, and its place behind the proxy. */
export interface DeployedApp {
  /** Its replicas, by their numbers. */
  replicas: DeployedContainer[];
  /** `host:port` of each replica in the proxy's rotation, on a swarm of their alias; empty for an app without a route. */
  upstreams: string[];
}

/** The proxy, and what nginx is told. */
export interface DeployedProxy extends DeployedContainer {
  /** Text of the whole nginx.conf. */
  nginxConf: string;
}

/** What a component has on the engine. */
export interface Deployed {
  /** The apps by name; a service alone or a scale set has one, under its own name. */
  apps: Record<string, DeployedApp>;
  /** Not there for a service alone. */
  proxy?: DeployedProxy;
  /** Not there for a service alone, a scale set, a farm without one, or on a swarm. */
  console?: DeployedContainer;
  /** Every port of the host that is taken, ascending; on a swarm of each node. */
  hostPorts: number[];
}

/** A component whose containers can be looked at. */
export type Deployable = NatService | ProxiedScaleSet | WindowsWebFarm;

/** The value of an output, once it is known. */
export function valueOf<T>(output: Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

/**
 * The faults for which a component is refused; empty when it is taken.
 *
 * @example
 * ```ts
 * expect(faultsOf(() => new NatService("web", { image: "web:1", replicas: -1 }))).toMatchObject([
 *   { path: "replicas", code: "outOfRange" },
 * ]);
 * ```
 */
export function faultsOf(make: () => unknown): readonly FarmIssue[] {
  try {
    make();
    return [];
  } catch (error) {
    if (error instanceof FarmError) return error.issues;
    throw error;
  }
}

/** What a component has on the engine, once all of its parts are registered. */
export async function deployed(
  component: Deployable,
  resources: readonly RegisteredResource[],
): Promise<Deployed> {
  const name = (await valueOf(component.urn)).split("::").at(-1) ?? "";
  const proxy = component instanceof NatService ? undefined : component.proxy;
  const replicas: [string, DeployedContainer[]][] = [];
  const services = servicesOf(name, component);
  for (const [app, service] of Object.entries(services)) {
    const names = await valueOf(service.containerNames);
    const network = await valueOf(service.network);
    replicas.push([app, names.map((name) => containerNamed(name, network, resources))]);
  }
  const [first] = Object.values(services);
  const network = first === undefined ? "" : await valueOf(first.network);
  const proxyContainer = proxy === undefined ? undefined : await proxyOf(proxy, network, resources);
  const upstreams = upstreamsIn(proxyContainer?.nginxConf ?? "");
  const console =
    component instanceof WindowsWebFarm ? await consoleOf(name, component, resources) : undefined;
  const published = [
    ...replicas.flatMap(([, containers]) => containers),
    ...(proxyContainer ? [proxyContainer] : []),
  ];
  return {
    apps: Object.fromEntries(
      replicas.map(([app, replicas]) => [app, { replicas, upstreams: upstreams.get(app) ?? [] }]),
    ),
    ...(proxyContainer === undefined ? {} : { proxy: proxyContainer }),
    ...(console === undefined ? {} : { console }),
    hostPorts: [...new Set(published.flatMap(({ ports }) => ports.map(({ host }) => host)))].sort(
      (one, other) => one - other,
    ),
  };
}

function servicesOf(name: string, component: Deployable): Record<string, NatService> {
  if (component instanceof WindowsWebFarm) return component.apps;
  return { [name]: component instanceof NatService ? component : component.service };
}

async function proxyOf(
  proxy: Proxy,
  network: string,
  resources: readonly RegisteredResource[],
): Promise<DeployedProxy> {
  // Known when the reload is registered.
  await valueOf(proxy.url);
  const container = containerNamed(await valueOf(proxy.containerName), network, resources);
  return { ...container, nginxConf: await valueOf(proxy.nginxConf) };
}

async function consoleOf(
  name: string,
  farm: WindowsWebFarm,
  resources: readonly RegisteredResource[],
): Promise<DeployedContainer | undefined> {
  // Known when the console is registered.
  if ((await valueOf(farm.consoleCommand)) === undefined) return undefined;
  const found = resources.find((resource) => resource.name === `${name}-console` && isContainer(resource));
  return found === undefined ? undefined : containerOf(found);
}

function isContainer({ type }: RegisteredResource): boolean {
  return type === "docker:index/container:Container";
}

function containerNamed(
  name: string,
  network: string,
  resources: readonly RegisteredResource[],
): DeployedContainer {
  const container = resources.find((resource) => isContainer(resource) && resource.state.name === name);
  if (container !== undefined) return containerOf(container);
  const stem = name.replace(/\.\d+$/, "");
  const service = resources.find((resource) => isService(resource) && resource.state.name === stem);
  if (service !== undefined) return taskOf(service, name, network);
  throw new Error(`no container ${name}: was the component made under another mockEngine?`);
}

function containerOf({ name, inputs, state }: RegisteredResource): DeployedContainer {
  const args = revealed(inputs) as Record<string, unknown>;
  const answer = revealed(state) as ContainerState;
  return {
    name,
    containerName: answer.name,
    image: answer.image,
    hostname: answer.hostname,
    network: answer.networkMode,
    environment: Object.fromEntries(answer.envs.map(assignment)),
    labels: Object.fromEntries(
      answer.labels.flatMap(({ label, value }) => (label.startsWith("webfarm.") ? [] : [[label, value]])),
    ),
    ports: answer.ports.map(({ internal, external, protocol }) => ({
      container: internal,
      host: external,
      protocol,
    })),
    args,
  };
}

/** The outputs of a container that are read here. */
interface ContainerState {
  name: string;
  image: string;
  hostname: string;
  networkMode: string;
  envs: string[];
  labels: { label: string; value: string }[];
  ports: { internal: number; external: number; protocol: string }[];
}

/** `NAME=value`; the value may hold more of them. */
function assignment(text: string): [string, string] {
  const end = text.indexOf("=");
  return [text.slice(0, end), text.slice(end + 1)];
}
