import type { ProxyArgs } from "../args";
import type { Draft, ReadContext } from "./draft";
import type { MapNode } from "./node";
import type { NginxMeaning } from "./nginxMeaning";
import { mountedConfigurations } from "./roles";
import { splitMount } from "./merge";

/** A proxy's service without the mounts that bring its configuration: the farm writes that itself. */
export function placeProxyMounts(node: MapNode, { findings }: ReadContext): MapNode {
  const volumes = node.entries.get("volumes");
  if (volumes?.value.kind !== "list") return node;
  const items = volumes.value.items.filter((item) => {
    const field = (key: string) => {
      const value = item.kind === "map" ? item.entries.get(key)?.value : undefined;
      return value?.kind === "scalar" ? String(value.value) : "";
    };
    const [source = "", target = ""] =
      item.kind === "scalar" ? splitMount(String(item.value)) : [field("source"), field("target")];
    if (mountedConfigurations([source, target]).length === 0) return true;
    findings.note(item.at, `${source} is read, not mounted: the farm writes its own nginx.conf from it`);
    return false;
  });
  const entries = new Map(node.entries);
  if (items.length === 0) entries.delete("volumes");
  else entries.set("volumes", { at: volumes.at, value: { ...volumes.value, items } });
  return { ...node, entries };
}

/** The proxy's arguments from its service, its nginx.conf and its `x-webfarm`. */
export function readProxy(draft: Draft, meaning: NginxMeaning | undefined, context: ReadContext): ProxyArgs {
  const { findings, project } = context;
  const { image } = draft.args;
  if (image === undefined && draft.build === undefined) {
    findings.refuse(
      draft.at,
      "required",
      `${draft.name} has neither image nor build`,
      "give it an image with nginx",
    );
  }
  if ((draft.args.replicas ?? 1) !== 1) {
    findings.refuse(
      draft.places.get("replicas") ?? draft.at,
      "unsupported",
      "a farm has one proxy",
      "set scale: 1",
    );
  }
  for (const [key, value] of Object.entries(draft.args)) {
    if (key !== "volumes" || !Array.isArray(value) || value.length === 0) continue;
    findings.refuse(
      draft.places.get("volumes[0]") ?? draft.at,
      "unsupported",
      "volumes have no counterpart in a farm's proxy, but for its nginx.conf",
      "put the files into the image, or set them by the proxy's transform in a program",
    );
  }
  const published = publishedPort(draft, meaning, context);
  const timeouts =
    meaning === undefined || Object.keys(meaning.timeouts).length === 0 ? {} : { timeouts: meaning.timeouts };
  if (meaning?.serverName !== undefined) draft.places.set("serverName", meaning.serverName.at);
  return {
    // What the library builds itself has an image's name in a file only.
    ...("build" in draft.settings ? {} : { image: image ?? `${project}-${draft.name}` }),
    ...(published === undefined ? {} : { publish: published }),
    ...(meaning?.serverName === undefined ? {} : { serverName: meaning.serverName.value }),
    ...timeouts,
    ...(meaning?.maxBodySizeMb === undefined ? {} : { maxBodySizeMb: meaning.maxBodySizeMb }),
    ...(meaning?.gzip === false ? { gzip: false } : {}),
    ...draft.settings,
  };
}

/** The one port of the host that the proxy answers on. */
function publishedPort(
  draft: Draft,
  meaning: NginxMeaning | undefined,
  { findings }: ReadContext,
): number | undefined {
  const listens = meaning?.listens.map(({ value }) => value) ?? [];
  const [first, ...others] = draft.ports;
  for (const { at } of others) {
    findings.refuse(
      at,
      "unsupported",
      "a second port: a farm's proxy publishes one",
      "keep the one for HTTP; give HTTPS by tls of ProxyArgs",
    );
  }
  if (first === undefined) return undefined;
  draft.places.set("publish", first.at);
  const { container, host, hostRange, protocol } = first.value;
  if (protocol === "udp" || hostRange !== undefined) {
    findings.refuse(first.at, "unsupported", "a farm's proxy publishes one tcp port", 'write it as "80:80"');
  }
  if (listens.length > 0 && !listens.includes(container)) {
    findings.refuse(
      first.at,
      "conflict",
      `the proxy does not listen on ${container}, but on ${listens.join(", ")}`,
      `write it as "${host ?? 80}:${listens[0] ?? 80}"`,
    );
  }
  return host;
}
