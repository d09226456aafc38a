import type { Draft, ReadContext } from "./draft";
import type { Entry, Node } from "./node";
import { asksForNothing, refusedNetworkKeys, refuseKey } from "./refusedKeys";

/**
 * The network of a farm: all services of a file are in one. An external network is named; one that compose
 * would make is left to the farm.
 */
export function readNetwork(
  node: Node | undefined,
  drafts: readonly Draft[],
  context: ReadContext,
): string | undefined {
  const { values, findings, platform } = context;
  const declared = node === undefined ? new Map<string, Entry>() : values.map(node, "networks");
  const used = drafts.flatMap(({ networks }) => networks);
  const [first, ...others] = used;
  const name = first?.value ?? "default";
  const other = others.find(({ value }) => value !== name);
  if (other !== undefined) {
    findings.refuse(
      other.at,
      "unsupported",
      `the networks ${name} and ${other.value}: a farm has one network, as Windows hosts have one nat`,
      "put all services into one network, or make a farm of each network",
    );
  }
  // Services that name no network are in the default one.
  const outside = name === "default" ? undefined : drafts.find(({ networks }) => networks.length === 0);
  if (outside !== undefined) {
    findings.refuse(
      outside.at,
      "unsupported",
      `${outside.name} is in the default network, and others are in ${name}: a farm has one network`,
      `put it into ${name} as well`,
    );
  }
  for (const { value, at } of used) {
    if (value !== "default" && !declared.has(value)) {
      findings.refuse(
        at,
        "notFound",
        `the network ${value} is not declared`,
        "declare it under networks: at the end of the file",
      );
    }
  }
  const names = new Map([...declared].map(([key, { value }]) => [key, readDeclared(key, value, context)]));
  const network = names.get(name);
  const entry = declared.get(name);
  if (entry !== undefined && network === undefined) {
    findings.note(
      entry.at,
      platform === "windows"
        ? "the farm uses the network nat, which every host has"
        : "the farm makes its own network",
    );
  }
  return network;
}

function readDeclared(
  key: string,
  node: Node,
  { values, findings, platform }: ReadContext,
): string | undefined {
  const entries = values.map(node, `networks.${key}`);
  const external = entries.get("external")?.value;
  const inner = external?.kind === "map" ? external.entries.get("name") : undefined;
  const given = entries.get("name") ?? inner;
  const isExternal =
    external !== undefined && (external.kind === "map" || values.boolean(external, "external") === true);
  const name = given === undefined ? undefined : values.text(given.value, `networks.${key}.name`);
  const drivers = platform === "windows" ? ["nat"] : ["bridge"];
  for (const [setting, entry] of entries) {
    const refusal = refusedNetworkKeys[setting];
    if (setting === "driver") {
      const driver = values.text(entry.value, "driver");
      if (!isExternal && driver !== undefined && !drivers.includes(driver)) {
        findings.refuse(
          entry.value.at,
          platform === "windows" ? "refusedOnWindows" : "unsupported",
          `the network driver ${driver}: farms are on ${drivers.join(" or ")} networks`,
          "leave it out, or name a network that is there as external",
        );
      }
    } else if (setting === "ipam" && entry.value.kind === "map")
      refuseIpam(entry.value, { findings, platform });
    else if (refusal !== undefined) {
      if (!asksForNothing(entry.value)) refuseKey(setting, refusal, entry.at, platform, findings);
    } else if (!["external", "name"].includes(setting) && !setting.startsWith("x-")) {
      findings.unknownKey(entry.at, setting, [
        "external",
        "name",
        "driver",
        ...Object.keys(refusedNetworkKeys),
      ]);
    }
  }
  return isExternal ? (name ?? key) : undefined;
}

/** Names what inside `ipam` is the trouble, down to the line. */
function refuseIpam(node: Node, context: Pick<ReadContext, "findings" | "platform">): void {
  if (node.kind === "list") for (const item of node.items) refuseIpam(item, context);
  if (node.kind !== "map") return;
  for (const [key, { at, value }] of node.entries) {
    if (key === "config") refuseIpam(value, context);
    else if (
      !asksForNothing(value) &&
      !(key === "driver" && value.kind === "scalar" && value.value === "default")
    ) {
      refuseKey(
        key,
        refusedNetworkKeys[key] ?? refusedNetworkKeys.ipam ?? { hint: "leave it out" },
        at,
        context.platform,
        context.findings,
      );
    }
  }
}
