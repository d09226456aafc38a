import * as pulumi from "@pulumi/pulumi";
import { FarmError, type FarmIssue } from "../schema/farmError";

/** A host port that a component wants, and the argument that asks for it. */
export interface HostPort {
  path: string;
  port: number;
  protocol: "tcp" | "udp";
}

/** Holders of the host ports of each engine, for each deployment: unit tests run several in one process. */
const claims = new WeakMap<object, Map<string, string>>();

/**
 * Notes which component of this program holds which port of its engine's host, so that two of them on one
 * port are told in a preview and not by the engine in the middle of an update.
 *
 * @throws FarmError when another component of the program has claimed a port already
 */
export function claimHostPorts(
  component: pulumi.Resource,
  holder: string,
  wanted: readonly HostPort[],
): void {
  const deployment = pulumi.runtime.getMonitor();
  if (deployment === undefined || wanted.length === 0) return;
  const held = claims.get(deployment) ?? new Map<string, string>();
  claims.set(deployment, held);
  const engine = engineName(component);
  const issues = wanted.flatMap(({ path, port, protocol }): FarmIssue[] => {
    const key = `${engine} ${port}/${protocol}`;
    const other = held.get(key);
    held.set(key, other ?? holder);
    if (other === undefined || other === holder) return [];
    return [
      {
        path,
        code: "conflict",
        message: `host port ${port}/${protocol} is held by ${other} of this program`,
        hint: "give each of them a port of its own",
      },
    ];
  });
  if (issues.length > 0) throw new FarmError(holder, issues);
}

const engines = new WeakMap<object, string>();

/** Components with the same docker provider run on the same engine. */
function engineName(component: pulumi.Resource): string {
  const provider = component.getProvider("docker:index/container:Container");
  if (provider === undefined) return "default";
  const known = engines.get(provider) ?? `provider ${++provided}`;
  engines.set(provider, known);
  return known;
}

let provided = 0;
