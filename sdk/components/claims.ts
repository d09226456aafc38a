import * as pulumi from "@pulumi/pulumi";
import { FarmError, type FarmIssue } from "../schema/farmError";

/** Something of an engine's host that only one component of a program can have. */
export interface Claim {
  /** What it is, such as `port 80/tcp`. */
  key: string;
  /** The fault when another component, `holder`, has it already. */
  fault: (holder: string) => FarmIssue;
}

/** A port of the engine's host; `path` is the argument that asks for it, `port` such as `80/tcp`. */
export function hostPortClaim(path: string, port: string): Claim {
  return {
    key: `port ${port}`,
    fault: (holder) => ({
      path,
      code: "conflict",
      message: `host port ${port} is held by ${holder} of this program`,
      hint: "give each of them a port of its own",
    }),
  };
}

/** Holders of what each engine has, for each deployment: unit tests run several in one process. */
const held = new WeakMap<object, Map<string, string>>();

/**
 * Notes which component of this program holds what of its engine, so that two that want the same are told in
 * a preview and not by the engine in the middle of an update, or by nobody.
 *
 * @throws FarmError when another component of the program holds one of them already
 */
export function claim(component: pulumi.Resource, holder: string, wanted: readonly Claim[]): void {
  const deployment = pulumi.runtime.getMonitor();
  if (deployment === undefined || wanted.length === 0) return;
  const holders = held.get(deployment) ?? new Map<string, string>();
  held.set(deployment, holders);
  const engine = engineName(component);
  const issues = wanted.flatMap(({ key, fault }): FarmIssue[] => {
    const place = `${engine} ${key}`;
    const other = holders.get(place);
    holders.set(place, other ?? holder);
    return other === undefined || other === holder ? [] : [fault(other)];
  });
  if (issues.length > 0) throw new FarmError(holder, issues);
}

const engines = new WeakMap<object, string>();
let provided = 0;

/** Components with the same docker provider run on the same engine. */
function engineName(component: pulumi.Resource): string {
  const provider = component.getProvider("docker:index/container:Container");
  if (provider === undefined) return "default";
  const known = engines.get(provider) ?? `provider ${++provided}`;
  engines.set(provider, known);
  return known;
}
