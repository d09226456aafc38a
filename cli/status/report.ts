import type { Orchestrator } from "../../sdk/args";
import type { FarmContainer, Health } from "../engine/farmContainers";
import type { NginxCounters, ProxyFacts } from "../engine/proxyFacts";
import { finding, type Finding } from "./finding";
import { groups } from "./groups";
import type { SwarmStatus, TaskFailure } from "./swarmReport";

/** Where the proxy has a replica. */
export type Rotation =
  /** nginx sends it requests. */
  | "in"
  /** The proxy knows it, but its name did not resolve. */
  | "unresolved"
  /** The proxy does not know it. */
  | "out"
  /** nginx asks the network for the app's name. */
  | "byName"
  /** The app is not behind a proxy. */
  | "none";

/** A replica as it is. */
export interface ReplicaStatus {
  name: string;
  container: string;
  state: string;
  health: Health;
  rotation: Rotation;
  generation: string;
  image: string;
  address: string;
  ports: FarmContainer["ports"];
  since: string;
  /** On a swarm: the node that it is on; empty while it has none. */
  node?: string;
}

/** A service of a farm: its replicas, and how many of them serve. */
export interface ServiceStatus {
  name: string;
  /** On a swarm: what the swarm is to do of it, and what it says of it. */
  swarm?: {
    /** Name of the swarm's service. */
    service: string;
    /** Tasks that are to run. */
    wanted: number;
    /** Ports that it publishes, and how. */
    ports: { container: number; host: number; protocol: string; mode: "host" | "ingress" }[];
    /** State of the last update, such as `updating`, `completed` or `rollback_completed`; undefined before the first. */
    update?: string;
    /** The last task that failed, while the manager remembers it. */
    failure?: TaskFailure;
  };
  healthy: number;
  inRotation: number;
  replicas: ReplicaStatus[];
}

/** The proxy of a farm. */
export interface ProxyStatus {
  container: string;
  /** Digest of the configuration that the last `up` brought. */
  configuration: string;
  /** Digest of the one that nginx runs; undefined while nginx does not answer. */
  running?: string;
  counters?: NginxCounters;
}

/** A farm as it is. */
export interface FarmStatus {
  stack: string;
  farm: string;
  /** Who runs it. */
  orchestrator: Orchestrator;
  /** Undefined when there is none, or it does not run. */
  proxy?: ProxyStatus;
  services: ServiceStatus[];
  findings: Finding[];
}

/** All farms that were asked for. */
export interface StatusReport {
  /** False when a farm has a problem. */
  ok: boolean;
  engine: { host: string; version: string; platform: string };
  /** The swarm that the engine is in; undefined when it is in none. */
  swarm?: SwarmStatus;
  farms: FarmStatus[];
}

/** Judges farms by what the engine and their proxies say. Pure. */
export function statusReport(
  engine: StatusReport["engine"],
  containers: readonly FarmContainer[],
  proxies: ReadonlyMap<string, ProxyFacts>,
): StatusReport {
  const farms = groups(containers, ({ stack, farm }) => `${stack}\n${farm}`).map((own) =>
    farmStatus(own, proxies),
  );
  const ok = farms.every(({ findings }) => findings.every(({ problem }) => !problem));
  const { host, version, platform } = engine;
  return { ok, engine: { host, version, platform }, farms };
}

function farmStatus(
  containers: readonly FarmContainer[],
  proxies: ReadonlyMap<string, ProxyFacts>,
): FarmStatus {
  const { stack = "", farm = "" } = containers[0] ?? {};
  const proxy = containers.find(({ service, name }) => service === "proxy" && proxies.has(name));
  const facts = proxy === undefined ? undefined : proxies.get(proxy.name);
  const services = groups(containers, ({ service }) => service).map((own) => serviceStatus(own, facts));
  const findings = [
    ...services.flatMap(serviceFindings),
    ...(facts === undefined ? [] : goneFindings(facts, containers)),
    ...(facts?.changedByHand === true ? [changedByHand(proxy?.name ?? "")] : []),
    ...(isOld(facts) ? [oldConfiguration(proxy?.name ?? "")] : []),
    ...(facts === undefined ? noProxyFindings(containers) : []),
  ];
  const status = proxy === undefined || facts === undefined ? {} : { proxy: proxyStatus(proxy.name, facts) };
  return { stack, farm, orchestrator: "host", ...status, services, findings };
}

function proxyStatus(container: string, { digest, nginx }: ProxyFacts): ProxyStatus {
  return {
    container,
    configuration: digest,
    ...(nginx === undefined ? {} : { running: nginx.running }),
    ...(nginx?.counters === undefined ? {} : { counters: nginx.counters }),
  };
}

/** nginx runs another configuration than the one that lies in the proxy. */
function isOld(facts: ProxyFacts | undefined): boolean {
  return facts?.nginx !== undefined && facts.nginx.running !== facts.digest;
}

function serviceStatus(containers: readonly FarmContainer[], facts: ProxyFacts | undefined): ServiceStatus {
  const replicas = containers.map((container): ReplicaStatus => ({
    name: container.replica,
    container: container.name,
    state: container.state,
    health: container.health,
    rotation: rotationOf(container, facts),
    generation: container.generation,
    image: container.image,
    address: container.address,
    ports: container.ports,
    since: container.since,
  }));
  return {
    name: containers[0]?.service ?? "",
    healthy: replicas.filter(serves).length,
    inRotation: replicas.filter(({ rotation }) => rotation === "in").length,
    replicas,
  };
}

function rotationOf({ service, name }: FarmContainer, facts: ProxyFacts | undefined): Rotation {
  const listed = facts?.listed.get(service);
  if (facts === undefined || listed === undefined) return "none";
  if (facts.byName) return "byName";
  const isIn = (upstreams: readonly string[] = []) => upstreams.some((upstream) => hostOf(upstream) === name);
  if (isIn(facts.running.get(service))) return "in";
  return isIn(listed) ? "unresolved" : "out";
}

const hostOf = (upstream: string) => upstream.replace(/:\d+$/, "");

const serves = ({ state, health }: Pick<ReplicaStatus, "state" | "health">) =>
  state === "running" && (health === "healthy" || health === "unchecked");

function serviceFindings({ name, replicas }: ServiceStatus): Finding[] {
  const twice = groups(replicas, (replica) => replica.name).flatMap((same): Finding[] =>
    same.length < 2
      ? []
      : [
          finding(
            "twice",
            `${same[0]?.name ?? name} is there ${same.length} times: ${same.map(({ container }) => container).join(", ")}`,
            "an up is under way, or failed before its end; run pulumi up again. What no state knows: webfarm sweep",
          ),
        ],
  );
  return [...replicas.flatMap(replicaFindings), ...twice];
}

function replicaFindings(replica: ReplicaStatus): Finding[] {
  const { name, container, state, health, rotation, since } = replica;
  const logs = `look at webfarm logs --replica ${name}`;
  if (state === "paused") {
    const hint = `docker unpause ${container}; a replica can be made anew too, by another generation`;
    return [finding("paused", `${name} (${container}) is paused and answers nothing`, hint)];
  }
  if (state !== "running") {
    return [
      finding(
        "notRunning",
        `${name} (${container}) does not run: ${since}`,
        `${logs}, then pulumi refresh and pulumi up`,
      ),
    ];
  }
  if (health === "unhealthy") return [finding("unhealthy", `${name} (${container}) is not healthy`, logs)];
  if (health === "starting") {
    return [finding("starting", `${name} (${container}) is starting`, "wait for its first check", false)];
  }
  if (rotation === "unresolved") {
    return [
      finding(
        "unresolved",
        `${name} (${container}) is healthy, but nginx found no address for its name`,
        "webfarm reload; the proxy looks for it by itself every few seconds. Without an address: docker network connect",
      ),
    ];
  }
  if (rotation === "out") {
    return [
      finding(
        "notInRotation",
        `${name} (${container}) is healthy, but the proxy does not know it`,
        "an up is under way, or failed before its reload; run pulumi up again",
      ),
    ];
  }
  return [];
}

/** What the proxy still names though there is no such container any more. */
function goneFindings({ listed, byName }: ProxyFacts, containers: readonly FarmContainer[]): Finding[] {
  if (byName) return [];
  const names = new Set(containers.map(({ name }) => name));
  return [...listed.values()]
    .flat()
    .flatMap((upstream): Finding[] =>
      names.has(hostOf(upstream))
        ? []
        : [
            finding(
              "gone",
              `the proxy names ${upstream}, which is not there any more`,
              "run pulumi refresh and pulumi up",
            ),
          ],
    );
}

function changedByHand(proxy: string): Finding {
  return finding(
    "changedByHand",
    `nginx.conf in ${proxy} was changed by hand`,
    "pulumi up brings back what the program says",
  );
}

function oldConfiguration(proxy: string): Finding {
  return finding(
    "oldConfiguration",
    `nginx in ${proxy} runs an older configuration than the one that was brought`,
    "a reload is under way, or failed: webfarm reload",
  );
}

/** A proxy that runs, but tells nothing; one that does not run has its own finding. */
function noProxyFindings(containers: readonly FarmContainer[]): Finding[] {
  return containers.flatMap(({ service, state, name }): Finding[] =>
    service === "proxy" && state === "running"
      ? [finding("noProxy", `${name} has no nginx.conf of ours`, "look at its log: webfarm logs --app proxy")]
      : [],
  );
}
