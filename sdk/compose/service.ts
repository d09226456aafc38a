import type { AppArgs } from "../args";
import { readBuild } from "./build";
import { readDeploy } from "./deploy";
import { placePart, setArgument, type Draft, type ReadContext, type Role } from "./draft";
import { readEnvFiles, readEnvironment } from "./environment";
import { readExtension } from "./extension";
import { readHealthCheck } from "./healthCheck";
import { kindOf, type MapNode, type Node } from "./node";
import { readPort } from "./ports";
import { asksForNothing, refusedServiceKeys, refuseKey } from "./refusedKeys";
import { ownWay, refuseForRole, roleKeys, writtenByFarm } from "./roleKeys";
import { readVolume } from "./volumes";
import { splitWords } from "./words";

type Reader = (node: Node, draft: Draft, context: ReadContext, declared: ReadonlyMap<string, string>) => void;

/** Reads one service; faults and notes go to the context. */
export function readService(
  name: string,
  node: MapNode,
  role: Role,
  declared: ReadonlyMap<string, string>,
  context: ReadContext,
): Draft {
  const draft: Draft = {
    name,
    role,
    at: node.at,
    entries: node.entries,
    args: {},
    places: new Map(),
    ports: [],
    dependsOn: [],
    networks: [],
    settings: {},
  };
  for (const [key, { at, value }] of node.entries) {
    if (key.startsWith("x-")) {
      if (key === "x-webfarm") readExtension(value, draft, context);
      continue;
    }
    const own = ownWay[role][key];
    const reader = readers[key];
    const refusal = refusedServiceKeys[key];
    if (own !== undefined) {
      if (!writtenByFarm(node)) context.findings.note(at, `${key} of ${name} is not used: ${own}`);
    } else if (reader !== undefined) {
      if (role !== "app" && !roleKeys[role].includes(key)) {
        if (!asksForNothing(value) && !writtenByFarm(node)) refuseForRole(key, draft, at, context);
      } else if (value.kind === "scalar" && value.value === null) continue;
      else reader(value, draft, context, declared);
    } else if (refusal !== undefined) {
      if (!asksForNothing(value)) refuseKey(key, refusal, at, context.platform, context.findings);
    } else {
      context.findings.unknownKey(at, key, [...Object.keys(readers), ...Object.keys(refusedServiceKeys)]);
    }
  }
  return draft;
}

const readers: Readonly<Record<string, Reader>> = {
  image: (node, draft, { values }) => {
    const image = values.text(node, "image");
    if (image !== undefined) setArgument(draft, "image", image, node.at);
  },
  build: readBuild,
  deploy: readDeploy,
  command: (node, draft, context) => {
    setWords("command", node, draft, context);
  },
  entrypoint: (node, draft, context) => {
    setWords("entrypoint", node, draft, context);
  },
  environment: (node, draft, context) => {
    readEnvironment(node, draft, context);
  },
  env_file: (node, draft, context) => {
    readEnvFiles(node, draft, context);
  },
  ports: (node, draft, { values }) => {
    for (const item of values.list(node, "ports")) draft.ports.push(...readPort(item, values));
  },
  expose: (node, draft, { values, findings }) => {
    for (const item of values.list(node, "expose")) {
      for (const port of readPort(item, values)) {
        if (draft.ports.some(({ value }) => value.container === port.value.container)) continue;
        draft.ports.push(port);
        findings.note(
          item.at,
          `${draft.name}: the engine also publishes port ${port.value.container} on a port of its choice`,
        );
      }
    }
  },
  volumes: (node, draft, context, declared) => {
    const volumes = context.values
      .list(node, "volumes")
      .flatMap((item) => readVolume(item, declared, context) ?? []);
    setArgument(
      draft,
      "volumes",
      volumes.map(({ value }) => value),
      node.at,
    );
    volumes.forEach(({ at }, index) => {
      placePart(draft, ["volumes", index], at);
    });
  },
  depends_on: (node, draft, { values, findings }) => {
    if (node.kind !== "map") {
      draft.dependsOn.push(...values.texts(node, "depends_on"));
      return;
    }
    for (const [name, { at, value }] of node.entries) {
      draft.dependsOn.push({ value: name, at });
      const entries = values.map(value, `depends_on.${name}`);
      values.onlyKeys(entries, ["condition", "restart", "required"]);
      const condition = entries.get("condition")?.value;
      const text = condition === undefined ? undefined : values.text(condition, "condition");
      if (
        condition !== undefined &&
        text !== undefined &&
        text !== "service_healthy" &&
        text !== "service_started"
      ) {
        findings.refuse(
          condition.at,
          text === "service_completed_successfully" ? "unsupported" : "notAllowed",
          `the condition ${text} is not known to farms, whose services run on`,
          "use service_healthy; run what must end before in a program of its own",
        );
      }
    }
  },
  networks: (node, draft, { values, findings, platform }) => {
    if (node.kind !== "map") {
      draft.networks.push(...values.texts(node, "networks"));
      return;
    }
    for (const [name, { at, value }] of node.entries) {
      draft.networks.push({ value: name, at });
      for (const [key, entry] of values.map(value, `networks.${name}`)) {
        const aliases = key === "aliases" ? values.texts(entry.value, "aliases") : [];
        const others = aliases.filter((alias) => alias.value !== draft.name);
        if (key === "aliases" && (others.length === 0 || hasAlias(draft))) continue;
        if (key.startsWith("x-") || asksForNothing(entry.value)) continue;
        const hint =
          key === "aliases"
            ? "use the service's name, or x-webfarm: { alias: NAME } to give it another one instead"
            : "leave it out: replicas get their addresses from the engine";
        refuseKey(key, { hint }, entry.at, platform, findings);
      }
    }
  },
  healthcheck: (node, draft, context) => {
    readHealthCheck(node, draft, context);
  },
  labels: (node, draft, { values }) => {
    const labels = values.assignments(node, "labels");
    setArgument(
      draft,
      "labels",
      Object.fromEntries([...labels].map(([key, { value }]) => [key, value ?? ""])),
      node.at,
    );
    for (const [key, { at }] of labels) placePart(draft, ["labels", key], at);
  },
  restart: (node, draft, { findings }) => {
    const value = node.kind === "scalar" ? (node.value === false ? "no" : node.value) : undefined;
    if (value === "no" || value === "always" || value === "unless-stopped" || value === "on-failure") {
      setArgument(draft, "restart", value, node.at);
      return;
    }
    findings.refuse(
      node.at,
      "notAllowed",
      `restart: ${kindOf(node)} is not allowed; allowed: "no", "always", "unless-stopped", "on-failure"`,
      "use one of them; a farm does not count restarts",
    );
  },
  scale: (node, draft, { values }) => {
    const replicas = values.number(node, "scale");
    if (replicas !== undefined) setArgument(draft, "replicas", replicas, node.at);
  },
  mem_limit: (node, draft, { values }) => {
    const memoryMb = values.mebibytes(node, "mem_limit");
    if (memoryMb !== undefined) setArgument(draft, "memoryMb", memoryMb, node.at);
  },
  cpus: (node, draft, { values }) => {
    const cpus = values.number(node, "cpus");
    if (cpus !== undefined) setArgument(draft, "cpus", cpus, node.at);
  },
  user: (node, draft, { values }) => {
    const user = values.text(node, "user");
    if (user !== undefined) setArgument(draft, "user", user, node.at);
  },
  working_dir: (node, draft, { values }) => {
    const workingDir = values.text(node, "working_dir");
    if (workingDir !== undefined) setArgument(draft, "workingDir", workingDir, node.at);
  },
  stop_grace_period: (node, draft, { values }) => {
    const seconds = values.duration(node, "stop_grace_period");
    if (seconds !== undefined) setArgument(draft, "stopGraceSeconds", seconds, node.at);
  },
  // Read before, for all services together.
  profiles: () => undefined,
  hostname: (node, draft, { values, findings }) => {
    const hostname = values.text(node, "hostname");
    if (hostname === undefined || hostname === draft.name || hasAlias(draft)) return;
    findings.refuse(
      node.at,
      "unsupported",
      `the host name ${hostname}: the replicas of a service share the service's name`,
      "leave it out, or set x-webfarm: { alias: NAME } to give the service another name instead",
    );
  },
  platform: (node, draft, { values, findings, platform }) => {
    const text = values.text(node, "platform");
    if (text === undefined || text.split("/")[0] === platform) return;
    findings.refuse(
      node.at,
      "conflict",
      `${draft.name} is made for ${text}, and the farm runs ${platform} containers`,
      `leave it out, or give the farm that platform`,
    );
  },
};

/** Keys of a service that are read. */
export const readServiceKeys: readonly string[] = Object.keys(readers);

function hasAlias(draft: Draft): boolean {
  const extension = draft.entries.get("x-webfarm")?.value;
  return extension?.kind === "map" && extension.entries.has("alias");
}

function setWords(
  key: "command" | "entrypoint",
  node: Node,
  draft: Draft,
  { values, findings, platform }: ReadContext,
) {
  if (node.kind === "list") {
    setArgument(
      draft,
      key,
      values.texts(node, key).map(({ value }) => value),
      node.at,
    );
    return;
  }
  const line = values.text(node, key);
  if (line === undefined) return;
  const words = splitWords(line);
  if (words === undefined || (platform === "windows" && line.includes("\\"))) {
    findings.refuse(
      node.at,
      "invalidFormat",
      words === undefined
        ? `${key}: a quote is left open in ${JSON.stringify(line)}`
        : `${key}: compose takes the backslashes out of ${JSON.stringify(line)}`,
      `write it as a list: ${key}: ['cmd', '/c', 'c:\\app\\run.cmd']`,
    );
    return;
  }
  setArgument(draft, key, words, node.at);
}

/** Arguments of an app in the order in which people write them. */
export function orderedArguments(args: Partial<AppArgs>): Partial<AppArgs> {
  const first = ["image", "replicas", "routes", "ports", "volumes", "environment"];
  const keys = Object.keys(args) as (keyof AppArgs)[];
  const rank = (key: string) => (first.includes(key) ? first.indexOf(key) : first.length);
  return Object.fromEntries(keys.sort((a, b) => rank(a) - rank(b)).map((key) => [key, args[key]]));
}
