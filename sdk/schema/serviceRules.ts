import type { z } from "zod";
import { firstTcpPort } from "../plan/ports";
import { releaseOf } from "../platform/releases";
import type { FarmIssue } from "./farmError";
import { dnsLabel } from "./fields";
import { healthCheckArgs } from "./healthCheck";
import { fieldsOf, listOf, platformFindings, toIssues, type Finding, type Target } from "./platformRules";
import { portArgs, type ValidPort } from "./ports";
import { orchestratorFindings } from "./swarmRules";
import { show } from "./validate";

/**
 * What is wrong with a service beyond each property by itself: rules between properties, and what the
 * platform's engines refuse. It looks at the arguments as they came and at those parts that are sound,
 * so that one error names everything.
 */
export function serviceIssues(service: unknown, target: Target, path: PropertyKey[] = []): FarmIssue[] {
  const findings = [
    ...portFindings(service, target),
    ...orchestratorFindings(service, target),
    ...volumeFindings(service, target),
    ...environmentFindings(service, target),
    ...healthCheckFindings(service, target),
    ...platformFindings(service, target),
  ];
  return toIssues(findings, path);
}

/** Longest name of a service: a container's name, which the engine's DNS knows, adds `-500-1234567`. */
const longestName = 63 - "-500-1234567".length;

/** What is wrong with the name of a service: its containers are found by it in the engine's DNS. */
export function nameIssues(name: string, path: PropertyKey[] = ["name"]): FarmIssue[] {
  if (!dnsLabel.safeParse(name).success) {
    return toIssues(
      [
        {
          at: [],
          code: "invalidFormat",
          message: `${show(name)} is no DNS label, by which the replicas are found`,
          hint: "use small letters, digits and inner hyphens, such as shop-webapp",
        },
      ],
      path,
    );
  }
  if (name.length <= longestName) return [];
  const finding: Finding = {
    at: [],
    code: "outOfRange",
    message: `${show(name)} has ${name.length} characters; with a replica's number it would be no DNS label (63)`,
    hint: `use at most ${longestName} characters`,
  };
  return toIssues([finding], path);
}

interface Indexed<T> {
  index: number;
  value: T;
}

/** The entries of a list that are sound by themselves; the schema names the others. */
function soundEntries<T>(schema: z.ZodType<T>, list: unknown): Indexed<T>[] {
  return listOf(list).flatMap((entry, index) => {
    const result = schema.safeParse(entry);
    return result.success ? [{ index, value: result.data }] : [];
  });
}

function portFindings(service: unknown, target: Target): Finding[] {
  const { ports, replicas = 1, rollout } = fieldsOf(service);
  const sound = soundEntries(portArgs, ports);
  const count = Number.isInteger(replicas) ? (replicas as number) : 1;
  return [
    ...sound.flatMap((port, position) => twice(port, sound.slice(0, position))),
    ...sound.flatMap((port) => fixedPortFindings(port, count, rollout, target)),
  ];
}

function twice({ index, value }: Indexed<ValidPort>, earlier: Indexed<ValidPort>[]): Finding[] {
  const findings: Finding[] = [];
  const same = earlier.find(
    (other) => other.value.container === value.container && other.value.protocol === value.protocol,
  );
  if (same !== undefined) {
    findings.push({
      at: ["ports", index, "container"],
      code: "conflict",
      message: `port ${value.container}/${value.protocol} is already given by ports[${same.index}]`,
      hint: "give each container port once; a NAT network takes one host port for it",
    });
  }
  const own = hostPorts(value);
  const holder = earlier.find((other) => {
    const taken = hostPorts(other.value);
    const apart = own === undefined || taken === undefined || own.to < taken.from || taken.to < own.from;
    return other.value.protocol === value.protocol && !apart;
  });
  if (holder !== undefined) {
    findings.push({
      at: ["ports", index, value.host === undefined ? "hostRange" : "host"],
      code: "conflict",
      message: `holds a host port that ports[${holder.index}] holds already`,
      hint: "give each port of the host once",
    });
  }
  return findings;
}

function hostPorts({ host, hostRange }: ValidPort): { from: number; to: number } | undefined {
  return hostRange ?? (host === undefined ? undefined : { from: host, to: host });
}

function fixedPortFindings(
  { index, value }: Indexed<ValidPort>,
  replicas: number,
  rollout: unknown,
  { orchestrator }: Target,
): Finding[] {
  const { host, hostRange } = value;
  if (host === undefined && hostRange === undefined) return [];
  const property = host === undefined ? "hostRange" : "host";
  const at = ["ports", index, property];
  const findings: Finding[] = [];
  if (rollout !== "stopFirst") {
    findings.push({
      at,
      code: "conflict",
      message: `${property} cannot be held by two generations at once, which rollout "startFirst" needs`,
      hint: `set rollout: "stopFirst", or leave ${property} out: the engine chooses an ephemeral port, and a proxy publishes the fixed one`,
    });
  }
  // On a swarm each replica has its own node, as many as there are.
  if (host !== undefined && replicas > 1 && orchestrator !== "swarm") {
    findings.push({
      at,
      code: "conflict",
      message: `host port ${host} cannot be held by ${replicas} replicas at once`,
      hint: `give one port a replica, hostRange: { from: ${host}, to: ${host + replicas - 1} }, or set replicas: 1`,
    });
  }
  if (hostRange !== undefined && hostRange.to - hostRange.from + 1 < replicas) {
    findings.push({
      at,
      code: "outOfRange",
      message: `holds ${hostRange.to - hostRange.from + 1} ports for ${replicas} replicas`,
      hint: `set to: ${hostRange.from + replicas - 1}, or fewer replicas`,
    });
  }
  return findings;
}

function volumeFindings(service: unknown, { traits }: Target): Finding[] {
  const paths = listOf(fieldsOf(service).volumes).map((volume) => {
    const { containerPath } = fieldsOf(volume);
    if (typeof containerPath !== "string") return undefined;
    const path = containerPath
      .replace(traits.name === "windows" ? /[\\/]+/g : /\/+/g, "/")
      .replace(/\/$/, "");
    return traits.ignoresCase ? path.toLowerCase() : path;
  });
  return paths.flatMap((path, index): Finding[] => {
    const first = path === undefined ? index : paths.indexOf(path);
    if (first === index) return [];
    return [
      {
        at: ["volumes", index, "containerPath"],
        code: "conflict",
        message: `is already taken by volumes[${first}]`,
        hint: "mount one directory or volume at each path",
      },
    ];
  });
}

function environmentFindings(service: unknown, { traits }: Target): Finding[] {
  if (!traits.ignoresCase) return [];
  const names = Object.keys(fieldsOf(fieldsOf(service).environment));
  const folded = names.map((name) => name.toUpperCase());
  return names.flatMap((name, index): Finding[] => {
    const first = folded.indexOf(name.toUpperCase());
    if (first === index) return [];
    return [
      {
        at: ["environment", name],
        code: "conflict",
        message: `is on Windows the same variable as ${names[first] ?? ""}`,
        hint: "keep one of the two",
      },
    ];
  });
}

function healthCheckFindings(service: unknown, target: Target): Finding[] {
  const { healthCheck, ports, image } = fieldsOf(service);
  const result = healthCheckArgs.prefault({}).safeParse(healthCheck);
  if (!result.success || !result.data.enabled) return [];
  const check = result.data;
  const given = { command: check.command, tcpPort: check.tcpPort, path: check.path, port: check.port };
  const ways = Object.entries(given).filter(([, value]) => value !== undefined);
  const [first, ...others] = ways.map(([name]) => name);
  const exclusive = others.filter((name) => !(first === "path" && name === "port"));
  const findings: Finding[] = exclusive.map((name) => ({
    at: ["healthCheck", name],
    code: "conflict",
    message: `excludes ${first ?? ""}`,
    hint: "check in one way: path (and port) for HTTP, tcpPort for another protocol, command for the rest",
  }));
  const tcpPort = firstTcpPort(soundEntries(portArgs, ports).map(({ value }) => value));
  const asksPort = check.command === undefined;
  if (healthCheck !== undefined && asksPort && (check.tcpPort ?? check.port ?? tcpPort) === undefined) {
    findings.push({
      at: ["healthCheck"],
      code: "conflict",
      message: "has no port to ask",
      hint: "give healthCheck.port, healthCheck.tcpPort, healthCheck.command, or a tcp port of the service",
    });
  }
  const asks = asksPort && (check.tcpPort ?? check.port ?? tcpPort) !== undefined;
  if (asks && lacksTools(image, target)) {
    findings.push({
      at: ["healthCheck"],
      code: "refusedOnWindows",
      message: `${show(image)} has neither curl.exe nor PowerShell to ask a port with`,
      hint: "give healthCheck.command, a program of the image that ends with 0 when the service serves, or healthCheck: { enabled: false }",
    });
  }
  return findings;
}

/** Nano Server has no PowerShell, and curl.exe only from 2019 on. */
function lacksTools(image: unknown, { traits, release }: Target): boolean {
  if (traits.name !== "windows" || typeof image !== "string" || !/nanoserver/i.test(image)) return false;
  return (releaseOf(image) ?? release) === "2016";
}
