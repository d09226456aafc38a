import { networkInterfaces, type NetworkInterfaceInfo } from "node:os";

/** An HTTP or HTTPS URL; the usual port is left out, as browsers do. */
export function webUrl(secure: boolean, host: string, port: number): string {
  const [scheme, usual] = secure ? ["https", 443] : ["http", 80];
  return port === usual ? `${scheme}://${host}` : `${scheme}://${host}:${port}`;
}

/** The machine that an engine's address leads to, when it is not this one. */
export function remoteHost(engine: string): string | undefined {
  const host = /^(?:tcp|https?|ssh):\/\/(?:[^@/]+@)?([^:/]+)/.exec(engine)?.[1];
  return host === undefined || ["localhost", "127.0.0.1"].includes(host) ? undefined : host;
}

type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>;

/**
 * The address at which other machines reach the Docker host: the engine's own when it is remote, else
 * this machine's first outside address, else `localhost`.
 */
export function hostAddress(
  engineHost: string | undefined,
  interfaces: Interfaces = networkInterfaces(),
): string {
  const remote = remoteHost(engineHost ?? process.env.DOCKER_HOST ?? "");
  if (remote !== undefined) return remote;
  for (const [name, addresses] of Object.entries(interfaces)) {
    // Bridges and pairs of the engine itself lead into containers, not out of the machine.
    if (/^(docker|br-|veth|vEthernet \(nat\))/.test(name)) continue;
    const outside = addresses?.find((address) => address.family === "IPv4" && !address.internal);
    if (outside !== undefined) return outside.address;
  }
  return "localhost";
}
