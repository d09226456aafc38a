import type Docker from "dockerode";
import type { ProxyPaths } from "../../sdk/platform/platform";
import { upstreamsIn } from "../../sdk/plan/summary";
import { digestsOf } from "../../sdk/proxy/nginxConfiguration";
import { exec } from "../../sdk/reload/exec";

/** What a running proxy has been told, and what of it is in force. */
export interface ProxyFacts {
  /** `host:port` by app, as the last reload brought them. */
  listed: ReadonlyMap<string, readonly string[]>;
  /** The same as nginx runs it: without those whose names did not resolve. */
  running: ReadonlyMap<string, readonly string[]>;
  /** True when somebody changed nginx.conf since. */
  changedByHand: boolean;
  /** Digest that nginx.conf names. */
  digest: string;
  /** What nginx says of itself; undefined while it does not answer. */
  nginx?: NginxFacts;
  /** True when nginx asks the network for the app's name instead of listing replicas. */
  byName: boolean;
}

/** What nginx says of itself. */
export interface NginxFacts {
  /** Digest of the configuration that its workers run. */
  running: string;
  /** nginx's own counters; undefined before the first reload. */
  counters?: NginxCounters;
}

/** nginx's counters since its start, health checks and questions for these very counters among them. */
export interface NginxCounters {
  /** Requests since the start. */
  requests: number;
  /** Connections that are open now. */
  active: number;
  /** Connections on which a request is being answered now. */
  writing: number;
  /** Idle kept-alive connections. */
  waiting: number;
}

/** Reads both configurations of a proxy; undefined when it has none, or does not run. */
export async function proxyFacts(
  docker: Docker,
  container: string,
  paths: ProxyPaths,
): Promise<ProxyFacts | undefined> {
  const read = (file: string) => textOf(docker, container, [...paths.print, file]);
  const [listed, running] = [await read(paths.configuration), await read(paths.running)];
  if (listed === undefined) return undefined;
  const said = await textOf(docker, container, [...paths.askNginx]);
  return factsOf(listed, running ?? listed, nginxFacts(said ?? ""));
}

/** What nginx printed when it was asked. Pure. */
export function nginxFacts(said: string): NginxFacts | undefined {
  const running = /^([0-9a-f]{64})\r?$/m.exec(said)?.[1];
  if (running === undefined) return undefined;
  const number = (pattern: RegExp) => Number(pattern.exec(said)?.[1] ?? Number.NaN);
  const counters = {
    requests: number(/^ *\d+ +\d+ +(\d+)/m),
    active: number(/Active connections: (\d+)/),
    writing: number(/Writing: (\d+)/),
    waiting: number(/Waiting: (\d+)/),
  };
  return Object.values(counters).some(Number.isNaN) ? { running } : { running, counters };
}

/** Pure part of {@link proxyFacts}. */
export function factsOf(listed: string, running: string, nginx?: NginxFacts): ProxyFacts {
  const { named, content } = digestsOf(listed);
  return {
    listed: upstreamsIn(listed),
    running: upstreamsIn(running),
    changedByHand: named !== content,
    digest: named,
    ...(nginx === undefined ? {} : { nginx }),
    byName: /^ *server [^ ]+ resolve;/m.test(listed),
  };
}

async function textOf(docker: Docker, container: string, command: string[]): Promise<string | undefined> {
  try {
    const { exitCode, lines } = await exec(docker.getContainer(container), command, { timeoutSeconds: 20 });
    return exitCode === 0 ? `${lines.join("\n")}\n` : undefined;
  } catch (error) {
    // Gone or stopped meanwhile.
    if ([404, 409].includes((error as { statusCode?: number }).statusCode ?? 0)) return undefined;
    throw error;
  }
}
