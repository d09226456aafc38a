import { readCluster } from "../../sdk/swarm/cluster";
import { reachEngine, type Engine } from "../engine/connection";
import { farmContainers, type FarmFilter } from "../engine/farmContainers";
import { proxyFacts, type ProxyFacts } from "../engine/proxyFacts";
import type { EngineOptions } from "../engine/settings";
import { exitCodes, type ExitCode } from "../exitCodes";
import { filterOf, noSuchFarm } from "../filter";
import type { Io } from "../io";
import { statusText } from "./print";
import { statusReport, type StatusReport } from "./report";
import { swarmReport } from "./swarmReport";

/** Options of `webfarm status`. */
export interface StatusOptions extends EngineOptions {
  json?: boolean;
  watch?: boolean;
  /** Seconds between two looks. */
  interval: number;
}

/** Looks at farms: those on this host, with what their proxies have in rotation, and those on its swarm. */
export async function lookAtFarms(engine: Engine, filter: FarmFilter): Promise<StatusReport> {
  const { docker, traits } = engine;
  const containers = await farmContainers(docker, filter);
  const proxies = new Map<string, ProxyFacts>();
  for (const { name, service, state } of containers) {
    if (service !== "proxy" || state !== "running") continue;
    const facts = await proxyFacts(docker, name, traits.proxy);
    if (facts !== undefined) proxies.set(name, facts);
  }
  const onHost = statusReport(engine, containers, proxies);
  const cluster = await readCluster(docker);
  return cluster.state === "inactive" ? onHost : withSwarm(onHost, swarmReport(cluster, filter));
}

function withSwarm(report: StatusReport, { swarm, farms }: ReturnType<typeof swarmReport>): StatusReport {
  const findings = [...swarm.findings, ...farms.flatMap((farm) => farm.findings)];
  const ok = report.ok && findings.every(({ problem }) => !problem);
  return { ...report, ok, swarm, farms: [...report.farms, ...farms] };
}

/** `webfarm status`. */
export async function status(farm: string | undefined, options: StatusOptions, io: Io): Promise<ExitCode> {
  const engine = await reachEngine(options, io.note);
  const filter = filterOf(farm, options);
  for (;;) {
    const report = await lookAtFarms(engine, filter);
    if (farm !== undefined && report.farms.length === 0) throw noSuchFarm(farm);
    show(report, options, io);
    if (options.watch !== true) return report.ok ? exitCodes.ok : exitCodes.found;
    await new Promise((resolve) => setTimeout(resolve, options.interval * 1000));
  }
}

/** One line of JSON a look when it goes on, so that a program can read it as it comes. */
function show(report: StatusReport, { json, watch }: StatusOptions, io: Io): void {
  if (json === true) {
    io.out(watch === true ? JSON.stringify(report) : JSON.stringify(report, undefined, 2));
    return;
  }
  const clear = watch === true && io.terminal ? "\u001b[2J\u001b[H" : "";
  io.out(clear + statusText(report, io.colours).join("\n"));
}
