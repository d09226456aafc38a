import type { ValidProxyArgs } from "../schema/proxy";

/** Port that the proxy listens on inside its container. */
export const proxyPort = 80;

/** Port for HTTPS inside the container. */
export const tlsPort = 443;

/** Port on the container's own loopback where the proxy says which configuration its workers run. */
export const controlPort = 8089;

/** Port on the container's own loopback that takes the place of a swarm's service while it has no task. */
export const unavailablePort = 8088;

/** A port of the proxy's container, and the port of the host that leads to it; without one, any. */
export interface PublishedPort {
  internal: number;
  external?: number;
}

/** The ports of the proxy's container that are published. */
export function publishedPorts({ publish, tls }: ValidProxyArgs): PublishedPort[] {
  const port = (internal: number, external: number | undefined) =>
    external === undefined ? { internal } : { internal, external };
  if (tls === undefined) return [port(proxyPort, publish)];
  const plain = tls.publishHttp === undefined ? [] : [port(proxyPort, tls.publishHttp)];
  return [port(tlsPort, publish), ...plain];
}
