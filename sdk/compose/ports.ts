import type { PortArgs } from "../args";
import type { Findings } from "./findings";
import { kindOf, type Node } from "./node";
import type { Place } from "./place";
import type { Located, Values } from "./values";

const hostAddressHint = "leave the address out: the engine publishes on all addresses of the host";

/** Reads one entry of `ports`, short or long; a range gives several ports. */
export function readPort(node: Node, values: Values): Located<PortArgs>[] {
  const { findings } = values;
  if (node.kind === "map") return longPort(node, values);
  const text = values.text(node, "each of ports");
  if (text === undefined) return [];
  const parts = /^(?:(.*):)??(?:([\d-]*):)?([\d-]+)(?:\/(\w+))?$/.exec(text);
  if (parts === null) return malformed(node, findings);
  const [, address, host, container = "", protocol] = parts;
  if (address !== undefined) {
    refuseAddress(node.at, address, findings);
    return [];
  }
  return expand(node.at, container, host === "" ? undefined : host, protocol, findings);
}

function longPort(node: Node & { kind: "map" }, values: Values): Located<PortArgs>[] {
  const { findings } = values;
  const { entries } = node;
  values.onlyKeys(entries, ["target", "published", "protocol", "mode", "host_ip", "name", "app_protocol"]);
  const field = (key: string) => {
    const entry = entries.get(key);
    return entry === undefined ? undefined : values.text(entry.value, `ports.${key}`);
  };
  const hostIp = entries.get("host_ip");
  if (hostIp !== undefined) {
    refuseAddress(hostIp.at, field("host_ip") ?? "", findings);
    return [];
  }
  const mode = entries.get("mode");
  if (mode !== undefined && !["host", "ingress"].includes(field("mode") ?? "")) {
    findings.refuse(
      mode.value.at,
      "notAllowed",
      `mode: ${kindOf(mode.value)} is not allowed`,
      "leave mode out",
    );
  }
  for (const key of ["name", "app_protocol"]) {
    const entry = entries.get(key);
    if (entry !== undefined)
      findings.note(entry.at, `${key} of a port names it for people only; a farm keeps none`);
  }
  const target = field("target");
  if (target === undefined) {
    if (!entries.has("target")) {
      findings.refuse(
        node.at,
        "required",
        "a port without target",
        "give the port inside the container: target: 80",
      );
    }
    return [];
  }
  return expand(
    entries.get("target")?.value.at ?? node.at,
    target,
    field("published"),
    field("protocol"),
    findings,
  );
}

/** Host and container ranges stand side by side, port by port. */
function expand(
  at: Place,
  container: string,
  host: string | undefined,
  protocol: string | undefined,
  findings: Findings,
): Located<PortArgs>[] {
  const containers = rangeOf(container);
  const hosts = host === undefined ? undefined : rangeOf(host);
  const transport = protocol?.toLowerCase();
  if (transport !== undefined && transport !== "tcp" && transport !== "udp") {
    findings.refuse(at, "notAllowed", `the protocol ${transport} is not allowed`, "use tcp or udp");
    return [];
  }
  if (containers === undefined || (host !== undefined && hosts === undefined)) {
    findings.refuse(
      at,
      "outOfRange",
      `${container}${host === undefined ? "" : ` at ${host}`} holds no port from 1 to 65535, or a range of more than 500`,
      "write CONTAINER, HOST:CONTAINER, or ranges such as 8000-8002:80-82",
    );
    return [];
  }
  if (hosts !== undefined && hosts.length !== containers.length) {
    if (containers.length === 1) return [located(at, containers[0] ?? 0, transport, hosts)];
    findings.refuse(
      at,
      "conflict",
      `${hosts.length} host ports for ${containers.length} container ports`,
      "give ranges of one length",
    );
    return [];
  }
  return containers.map((port, index) => located(at, port, transport, hosts?.slice(index, index + 1)));
}

function located(
  at: Place,
  container: number,
  protocol: "tcp" | "udp" | undefined,
  hosts: readonly number[] | undefined,
): Located<PortArgs> {
  const [from] = hosts ?? [];
  const to = hosts?.at(-1);
  return {
    at,
    value: {
      container,
      ...(from === undefined || to === undefined
        ? {}
        : from === to
          ? { host: from }
          : { hostRange: { from, to } }),
      ...(protocol === undefined || protocol === "tcp" ? {} : { protocol }),
    },
  };
}

function rangeOf(text: string): number[] | undefined {
  const [from, to] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text)?.slice(1).map(Number) ?? [];
  if (from === undefined) return undefined;
  const last = to === undefined || Number.isNaN(to) ? from : to;
  if (from < 1 || last > 65535 || last < from || last - from >= 500) return undefined;
  return Array.from({ length: last - from + 1 }, (_, index) => from + index);
}

function refuseAddress(at: Place, address: string, findings: Findings): void {
  findings.refuse(
    at,
    "refusedOnWindows",
    `the address ${address}: the engine says "Windows does not support host IP addresses in NAT settings"`,
    hostAddressHint,
  );
}

function malformed(node: Node, findings: Findings): [] {
  findings.refuse(
    node.at,
    "invalidFormat",
    `${kindOf(node)} is no port`,
    'write "80", "8080:80" or "53/udp", in quotes',
  );
  return [];
}
