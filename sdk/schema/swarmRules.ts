import type { FarmIssue } from "./farmError";
import { fieldsOf, listOf, type Finding, type Target } from "./platformRules";
import { show } from "./validate";

/** What is wrong with a service for the orchestrator that is to run it. */
export function orchestratorFindings(service: unknown, { orchestrator }: Target): Finding[] {
  const { constraints, ports } = fieldsOf(service);
  if (orchestrator !== "swarm") return onlyOnSwarm({ constraints });
  return listOf(ports).flatMap((port, index): Finding[] => {
    const { hostRange } = fieldsOf(port);
    if (hostRange === undefined) return [];
    return [
      notOnSwarm(
        ["ports", index, "hostRange"],
        "its replicas are all alike",
        "leave it out: the alias leads to all replicas; or give host, a port that each node's replica has",
      ),
    ];
  });
}

/** The same for a proxy. */
export function proxyOrchestratorFindings(proxy: unknown, target: Target): Finding[] {
  const fields = fieldsOf(proxy);
  if (target.orchestrator !== "swarm") {
    const { replicas, constraints, publishMode } = fields;
    return onlyOnSwarm({
      replicas,
      constraints,
      publishMode: publishMode === "ingress" ? publishMode : undefined,
    });
  }
  return [...proxyPortFindings(fields, target), ...proxyWayFindings(fields)];
}

/** The same for what only farms have. */
export function farmOrchestratorFindings(farm: unknown, { orchestrator }: Target): Finding[] {
  if (orchestrator !== "swarm") return [];
  const { builds, console: consoleArgs } = fieldsOf(farm);
  return [
    ...(Object.keys(fieldsOf(builds)).length > 0 ? [builtOnOneEngine(["builds"], "apps.NAME.image")] : []),
    ...(fieldsOf(consoleArgs).transform === undefined
      ? []
      : [notOnSwarm(["console", "transform"], "no console stands by; consoleCommand makes one")]),
  ];
}

/** Longest name of a farm: the names of its configs, at most 64 characters, add `-proxy-start-1234567`. */
const longestName = 64 - "-proxy-start-1234567".length;

/** What is wrong with the name of a farm or scale set on a swarm. */
export function swarmNameIssues(name: string): FarmIssue[] {
  if (name.length <= longestName) return [];
  const message = `${show(name)} has ${name.length} characters; the names of its configs on the swarm would be too long (64)`;
  return [{ path: "name", code: "outOfRange", message, hint: `use at most ${longestName} characters` }];
}

function proxyPortFindings({ publish, publishMode }: Record<string, unknown>, target: Target): Finding[] {
  const findings: Finding[] = [];
  if (publish === undefined) {
    findings.push({
      at: ["publish"],
      code: "required",
      message: "missing; a port that each node chooses for itself is known to nobody",
      hint: "give the port that the nodes answer on, such as publish: 80",
    });
  }
  if (publishMode === "ingress" && target.traits.name === "windows" && target.release === "2016") {
    findings.push({
      at: ["publishMode"],
      code: "refusedOnWindows",
      message: "Windows Server 2016 has no routing mesh",
      hint: 'publishMode: "host": each node that runs a proxy answers on its own address',
    });
  }
  return findings;
}

/** How a swarm's proxies come by their image, find replicas and take a change up. */
function proxyWayFindings({ build, discovery, reload }: Record<string, unknown>): Finding[] {
  const { maxAttempts, delaySeconds } = fieldsOf(reload);
  return [
    ...(build === undefined ? [] : [builtOnOneEngine(["build"], "proxy.image")]),
    ...(discovery === "resolve"
      ? [notOnSwarm(["discovery"], "its proxies ask the network for the replicas' addresses by themselves")]
      : []),
    ...Object.entries({ maxAttempts, delaySeconds }).flatMap(([name, value]) =>
      value === undefined
        ? []
        : [
            notOnSwarm(
              ["reload", name],
              "each proxy watches the replicas by itself, once a second and without end",
            ),
          ],
    ),
  ];
}

function builtOnOneEngine(at: PropertyKey[], instead: string): Finding {
  return notOnSwarm(
    at,
    "an image built on one engine is not on the other nodes",
    `build it, push it to a registry that all nodes reach, and give its name as ${instead}`,
  );
}

function notOnSwarm(at: PropertyKey[], why: string, hint = "leave it out"): Finding {
  return { at, code: "conflict", message: `excludes orchestrator "swarm": ${why}`, hint };
}

/** One host has no nodes to choose among. */
function onlyOnSwarm(properties: Record<string, unknown>): Finding[] {
  return Object.entries(properties).flatMap(([name, value]): Finding[] => {
    if (value === undefined || (Array.isArray(value) && value.length === 0)) return [];
    return [
      {
        at: [name],
        code: "conflict",
        message: `${show(value)} is for a swarm; the orchestrator is "host"`,
        hint: 'leave it out, or set orchestrator: "swarm"',
      },
    ];
  });
}
