import { readCluster } from "../../sdk/swarm/cluster";
import { exec } from "../../sdk/reload/exec";
import { reloadAdvice } from "../../sdk/reload/reload";
import { reachEngine, type Engine } from "../engine/connection";
import { farmContainers, type FarmContainer } from "../engine/farmContainers";
import { farmTasks } from "../engine/farmTasks";
import { proxyFacts } from "../engine/proxyFacts";
import type { EngineOptions } from "../engine/settings";
import { exitCodes, type ExitCode } from "../exitCodes";
import { filterOf, oneFarm } from "../filter";
import type { Io } from "../io";

/** The script's own limits come first: ten tries, its lock 60 s, its check of the workers 10 s. */
const limitSeconds = 180;

/** Options of `webfarm reload`. */
export interface ReloadOptions extends EngineOptions {
  json?: boolean;
}

/** What became of a reload. */
export interface ReloadReport {
  ok: boolean;
  stack: string;
  farm: string;
  proxy: string;
  /** What the script in the proxy said. */
  lines: string[];
  /** What to do, when it failed. */
  hint?: string;
  /** How many replicas of each app nginx runs now. */
  rotation: Record<string, number>;
}

/**
 * `webfarm reload`: lets the proxy take up what it was told by the last `up`, with flushed names, as its
 * reload by an `up` does. It brings no new list; that is the program's.
 */
export async function reload(farm: string | undefined, options: ReloadOptions, io: Io): Promise<ExitCode> {
  const engine = await reachEngine(options, io.note);
  const filter = filterOf(farm, options);
  const found = await farmContainers(engine.docker, filter);
  const onSwarm = farmTasks(await readCluster(engine.docker), filter);
  const proxies = found.filter(({ service }) => service === "proxy");
  oneFarm([...proxies, ...onSwarm.filter(({ service }) => service === "proxy")], farm);
  if (proxies.length === 0) return sayThatTheyFollow(onSwarm, options, io);
  const reports: ReloadReport[] = [];
  for (const proxy of proxies) reports.push(await reloadOne(engine, proxy, options, io));
  if (options.json === true) io.out(JSON.stringify(reports, undefined, 2));
  return reports.every(({ ok }) => ok) ? exitCodes.ok : exitCodes.found;
}

/** On a swarm there is nothing to do: each proxy looks at the names once a second, and reloads when they change. */
function sayThatTheyFollow(tasks: readonly FarmContainer[], { json }: ReloadOptions, io: Io): ExitCode {
  const proxies = tasks.filter(({ service }) => service === "proxy");
  const { stack = "", farm = "", task } = proxies[0] ?? {};
  const nodes = proxies.map((proxy) => proxy.task?.node ?? "");
  const message = "the proxies of a swarm look at the names once a second and reload by themselves";
  const hint = `webfarm logs ${farm} --app proxy shows who joined and left; docker service update --force ${task?.service ?? ""} starts each proxy anew`;
  if (json === true) {
    io.out(
      JSON.stringify([{ ok: true, stack, farm, orchestrator: "swarm", nodes, message, hint }], undefined, 2),
    );
  } else {
    io.out(`${farm} (stack ${stack}, on the swarm): ${message}`);
    io.out(`  -> ${hint}`);
  }
  return exitCodes.ok;
}

async function reloadOne(
  engine: Engine,
  proxy: FarmContainer,
  { json }: ReloadOptions,
  io: Io,
): Promise<ReloadReport> {
  const { interpreter, reloadScript } = engine.traits.proxy;
  const say = json === true ? () => undefined : io.out;
  say(`${proxy.farm} (stack ${proxy.stack}): ${proxy.name} reloads`);
  const { exitCode, lines } = await runScript(engine, proxy, [...interpreter, reloadScript], (line) => {
    say(`  | ${line}`);
  });
  const facts = await proxyFacts(engine.docker, proxy.name, engine.traits.proxy);
  const rotation = Object.fromEntries(
    [...(facts?.running ?? [])].map(([app, upstreams]) => [app, upstreams.length]),
  );
  const { stack, farm, name } = proxy;
  const report = { ok: exitCode === 0, stack, farm, proxy: name, lines, rotation };
  if (report.ok) {
    const counts = Object.entries(rotation).map(([app, count]) => `${app} ${count}`);
    say(`  ${io.colours.green("done")}; in rotation: ${counts.join(", ") || "nothing"}`);
    return report;
  }
  const hint = reloadAdvice[exitCode] ?? `look at webfarm logs ${farm} --app proxy`;
  say(`  ${io.colours.red("not done")}: ${hint}`);
  return { ...report, hint };
}

async function runScript(
  { docker }: Engine,
  { name, state, since }: FarmContainer,
  command: string[],
  onLine: (line: string) => void,
): Promise<{ exitCode: number; lines: string[] }> {
  if (state === "running") {
    return exec(docker.getContainer(name), command, { timeoutSeconds: limitSeconds, onLine });
  }
  const line = `${name} does not run: ${since}`;
  onLine(line);
  return { exitCode: -1, lines: [line] };
}
