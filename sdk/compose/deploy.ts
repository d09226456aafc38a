import { setArgument, type Draft, type ReadContext } from "./draft";
import { kindOf, type Entry, type Node } from "./node";
import { asksForNothing, refuseKey } from "./refusedKeys";

type Entries = ReadonlyMap<string, Entry>;

/** Reads `deploy`: what it says to one host; the rest is a swarm's. */
export function readDeploy(node: Node, draft: Draft, context: ReadContext): void {
  const { values, findings } = context;
  const entries = values.map(node, "deploy");
  const each: Record<string, (value: Node, at: Entry["at"]) => void> = {
    mode: (value) => {
      expectText(value, "mode", ["replicated"], "leave it out: a farm has one host", context);
    },
    endpoint_mode: (value) => {
      expectText(
        value,
        "endpoint_mode",
        ["dnsrr"],
        "leave it out: a service's name leads to its replicas",
        context,
      );
    },
    replicas: (value) => {
      const replicas = values.number(value, "deploy.replicas");
      if (replicas !== undefined) setArgument(draft, "replicas", replicas, value.at);
    },
    resources: (value) => {
      readResources(values.map(value, "deploy.resources"), draft, context);
    },
    restart_policy: (value) => {
      readRestartPolicy(values.map(value, "deploy.restart_policy"), draft, context);
    },
    update_config: (value) => {
      readUpdateConfig(values.map(value, "deploy.update_config"), draft, context);
    },
  };
  for (const [key, { at, value }] of entries) {
    const read = each[key];
    if (read !== undefined) read(value, at);
    else if (["labels", "placement", "rollback_config"].includes(key)) {
      refuse(`deploy.${key}`, value, at, "leave it out: it belongs to swarms", context);
    } else if (!key.startsWith("x-"))
      findings.unknownKey(at, key, [...Object.keys(each), "labels", "placement"]);
  }
}

function readResources(entries: Entries, draft: Draft, context: ReadContext): void {
  const { values, findings, platform } = context;
  for (const [key, { at, value }] of entries) {
    if (key === "reservations") {
      refuseReservations(value, at, context);
    } else if (key !== "limits") findings.unknownKey(at, key, ["limits", "reservations"]);
  }
  const limits = entries.get("limits")?.value;
  if (limits === undefined) return;
  for (const [key, { at, value }] of values.map(limits, "limits")) {
    if (key === "cpus") {
      const cpus = values.number(value, "cpus");
      if (cpus !== undefined) setArgument(draft, "cpus", cpus, value.at);
    } else if (key === "memory") {
      const memoryMb = values.mebibytes(value, "memory");
      if (memoryMb !== undefined) setArgument(draft, "memoryMb", memoryMb, value.at);
    } else if (key === "pids") {
      refuseKey(
        "pids",
        {
          windows: 'the engine says "invalid option: Windows does not support PidsLimit"',
          hint: "leave it out",
        },
        at,
        platform,
        findings,
      );
    } else findings.unknownKey(at, key, ["cpus", "memory", "pids"]);
  }
}

function refuseReservations(value: Node, at: Entry["at"], context: ReadContext): void {
  if (asksForNothing(value)) return;
  refuseKey(
    "reservations",
    {
      windows: 'the engine says "invalid option: Windows does not support MemoryReservation"',
      hint: "leave it out, or use limits",
    },
    at,
    context.platform,
    context.findings,
  );
}

function readRestartPolicy(entries: Entries, draft: Draft, context: ReadContext): void {
  const policies = { none: "no", "on-failure": "on-failure", any: "unless-stopped" } as const;
  for (const [key, { at, value }] of entries) {
    if (key === "condition") {
      const condition = expectText(
        value,
        "condition",
        ["none", "on-failure", "any"],
        "use one of them",
        context,
      );
      if (condition !== undefined) setArgument(draft, "restart", policies[condition], value.at);
    } else refuse(`restart_policy.${key}`, value, at, "leave it out: the engine has its own delays", context);
  }
}

function readUpdateConfig(entries: Entries, draft: Draft, context: ReadContext): void {
  for (const [key, { at, value }] of entries) {
    if (key === "order") {
      const order = expectText(value, "order", ["start-first", "stop-first"], "use one of them", context);
      if (order !== undefined)
        setArgument(draft, "rollout", order === "start-first" ? "startFirst" : "stopFirst", value.at);
    } else
      refuse(
        `update_config.${key}`,
        value,
        at,
        "leave it out: a farm rolls out all replicas, and keeps the old ones when the new ones are not healthy",
        context,
      );
  }
}

function expectText<T extends string>(
  node: Node,
  what: string,
  allowed: readonly T[],
  hint: string,
  { findings }: ReadContext,
): T | undefined {
  const found = allowed.find((word) => node.kind === "scalar" && node.value === word);
  if (found === undefined) {
    findings.refuse(
      node.at,
      "notAllowed",
      `${what}: ${kindOf(node)} is not allowed; allowed: ${allowed.join(", ")}`,
      hint,
    );
  }
  return found;
}

function refuse(key: string, value: Node, at: Entry["at"], hint: string, context: ReadContext): void {
  if (!asksForNothing(value)) refuseKey(key, { hint }, at, context.platform, context.findings);
}
