import type { JsonObject, NetworkBody } from "./api";
import type { FrontIdentity } from "./identity";

/** Networks that are there without being made, and stay. */
export const predefinedNetworks = ["nat", "none"] as const;

export function isPredefined(name: string): boolean {
  return (predefinedNetworks as readonly string[]).includes(name);
}

/** What is wrong with a request for a network; the engine says the first. */
export interface NetworkFault {
  readonly status: number;
  readonly message: string;
}

/**
 * What a Windows engine says about a request for a network. moby has words for the subnets of IPv6 and for
 * drivers; for the other options that Windows documents as unsupported the host network service answers,
 * whose words are not known: these are the laboratory's.
 */
export function networkFaults(body: NetworkBody): NetworkFault[] {
  const faults: NetworkFault[] = [];
  const fault = (status: number, message: string) => faults.push({ status, message });
  const notSupported = (what: string) => fault(400, `invalid option: Windows does not support ${what}`);
  const { Name: name = "", Driver: driver = "" } = body;
  if (isPredefined(name)) fault(403, `operation is not permitted on predefined ${name} network`);
  if (driver !== "" && driver !== "nat") fault(404, `plugin "${driver}" not found`);
  if (body.EnableIPv6 || subnets(body).some((subnet) => subnet.includes(":")))
    fault(403, "windowsshim driver doesn't support v6 subnets");
  if (body.Internal) notSupported("internal networks");
  if (body.Attachable) notSupported("attachable networks");
  if (body.Ingress) notSupported("ingress networks");
  for (const config of body.IPAM?.Config ?? []) {
    if (isGiven(config.IPRange)) notSupported("ip-range");
    if (isGiven(config.AuxiliaryAddresses)) notSupported("aux-address");
  }
  return faults;
}

function subnets(body: NetworkBody): string[] {
  return (body.IPAM?.Config ?? []).flatMap(({ Subnet }) => (typeof Subnet === "string" ? [Subnet] : []));
}

function isGiven(value: unknown): boolean {
  return typeof value === "object" && value !== null ? Object.keys(value).length > 0 : Boolean(value);
}

/** The network below for one of a client's. */
export function networkBodyBelow(body: NetworkBody, identity: FrontIdentity): JsonObject {
  return {
    Name: identity.below(body.Name ?? ""),
    CheckDuplicate: true,
    Driver: "bridge",
    Labels: { ...body.Labels, ...identity.labels },
    IPAM: {
      Driver: "default",
      Config: (body.IPAM?.Config ?? []).map(({ Subnet, Gateway }) => ({ Subnet, Gateway })),
    },
  };
}
