import type { PortArgs, ProxyArgs } from "../args";
import { proxyPort, tlsPort } from "../proxy/ports";
import type { Draft, ReadContext } from "./draft";
import type { MapNode } from "./node";
import type { NginxMeaning } from "./nginxMeaning";
import { mountedConfigurations } from "./roles";
import { splitMount } from "./merge";
import type { Located } from "./values";

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

/** The port of the host that the proxy answers on; with TLS the one for HTTPS. */
function publishedPort(
  draft: Draft,
  meaning: NginxMeaning | undefined,
  context: ReadContext,
): number | undefined {
  const { findings } = context;
  const secure = draft.settings.tls !== undefined;
  const main = secure ? draft.ports.find(({ value }) => value.container === tlsPort) : draft.ports[0];
  const plain = secure ? plainPort(draft, context) : undefined;
  for (const port of draft.ports.filter((port) => port !== main && port !== plain)) {
    findings.refuse(
      port.at,
      "unsupported",
      "a second port: a farm's proxy publishes one",
      `keep the one for HTTP, or give certificate and key by x-webfarm: { tls: ... } for ${tlsPort} and ${proxyPort}`,
    );
  }
  if (main === undefined) return undefined;
  draft.places.set("publish", main.at);
  const listens = secure ? [tlsPort] : (meaning?.listens.map(({ value }) => value) ?? []);
  const { container, host } = singlePort(main, context).value;
  if (listens.length > 0 && !listens.includes(container)) {
    findings.refuse(
      main.at,
      "conflict",
      `the proxy does not listen on ${container}, but on ${listens.join(", ")}`,
      `write it as "${host ?? 80}:${listens[0] ?? 80}"`,
    );
  }
  return host;
}

/** The port for plain HTTP beside TLS; it becomes `tls.publishHttp`. */
function plainPort(draft: Draft, context: ReadContext): Located<PortArgs> | undefined {
  const plain = draft.ports.find(({ value }) => value.container === proxyPort);
  const tls = draft.settings.tls;
  if (plain === undefined || typeof tls !== "object" || tls === null) return plain;
  const { host } = singlePort(plain, context).value;
  const { publishHttp = host } = tls as { publishHttp?: unknown };
  if (host === undefined || publishHttp !== host) {
    context.findings.refuse(
      plain.at,
      "conflict",
      host === undefined
        ? "plain HTTP beside TLS needs a port of the host"
        : `plain HTTP is on ${host} here, and on ${String(publishHttp)} in x-webfarm`,
      `write it as "${typeof publishHttp === "number" ? publishHttp : 80}:${proxyPort}"`,
    );
  }
  draft.settings.tls = { ...tls, publishHttp };
  return plain;
}

function singlePort(port: Located<PortArgs>, { findings }: ReadContext): Located<PortArgs> {
  const { hostRange, protocol } = port.value;
  if (protocol === "udp" || hostRange !== undefined) {
    findings.refuse(port.at, "unsupported", "a farm's proxy publishes one tcp port", 'write it as "80:80"');
  }
  return port;
}
