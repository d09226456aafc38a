import type Docker from "dockerode";
import { labelNames, type Owner } from "../plan/labels";
import type { ProxyPaths } from "../platform/platform";
import { digestsOf } from "../proxy/nginxConfiguration";
import { exec } from "./exec";

/** What was found in a running proxy. */
export interface ProxyState {
  /** The container's name. */
  name: string;
  /** nginx.conf as it is there. */
  text: string;
  /** Digest of what it holds. */
  digest: string;
  /** True when somebody changed it: it is not what its own digest names. */
  changedByHand: boolean;
}

/**
 * Reads the configuration of the running proxy with these labels, first of all the one called `expected`;
 * undefined when there is none. An interrupted `up` may have left another one behind.
 */
export async function lookAtProxy(
  engine: Docker,
  owner: Owner,
  expected: string,
  paths: ProxyPaths,
): Promise<ProxyState | undefined> {
  const label = (["stack", "farm", "service"] as const).map((name) => `${labelNames[name]}=${owner[name]}`);
  const found = await engine.listContainers({ filters: { label, status: ["running"] } });
  const names = found.map(({ Names }) => (Names[0] ?? "").replace(/^\//, ""));
  for (const name of names.includes(expected) ? [expected] : names) {
    const state = await readProxy(engine, name, paths);
    if (state !== undefined) return state;
  }
  return undefined;
}

/** Reads the configuration of a proxy; undefined when it has none. */
export async function readProxy(
  engine: Docker,
  name: string,
  paths: ProxyPaths,
): Promise<ProxyState | undefined> {
  const command = [...paths.print, paths.configuration];
  const { exitCode, lines } = await exec(engine.getContainer(name), command, { timeoutSeconds: 20 });
  if (exitCode !== 0) return undefined;
  const text = `${lines.join("\n")}\n`;
  const { named, content } = digestsOf(text);
  return { name, text, digest: content, changedByHand: named !== content };
}
