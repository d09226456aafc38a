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
  /** True when nginx asks the network for the app's name instead of listing replicas. */
  byName: boolean;
}

/** Reads both configurations of a proxy; undefined when it has none, or does not run. */
export async function proxyFacts(
  docker: Docker,
  container: string,
  paths: ProxyPaths,
): Promise<ProxyFacts | undefined> {
  const read = (file: string) => textOf(docker, container, [...paths.print, file]);
  const [listed, running] = [await read(paths.configuration), await read(paths.running)];
  return listed === undefined ? undefined : factsOf(listed, running ?? listed);
}

/** Pure part of {@link proxyFacts}. */
export function factsOf(listed: string, running: string): ProxyFacts {
  const { named, content } = digestsOf(listed);
  return {
    listed: upstreamsIn(listed),
    running: upstreamsIn(running),
    changedByHand: named !== content,
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
