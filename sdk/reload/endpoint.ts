import { readFileSync } from "node:fs";
import { join } from "node:path";
import type Docker from "dockerode";
import type { EngineEndpoint } from "./engineEndpoint";

/**
 * A client for an endpoint. dockerode is loaded here and not with the package: a preview needs none.
 *
 * @throws Error when the host has a form that no engine is reached by
 */
export async function connect(endpoint: EngineEndpoint): Promise<Docker> {
  const { default: DockerClient } = await import("dockerode");
  return new DockerClient(connectOptions(withCertificates(endpoint)));
}

/** The files of `certPath` in place of it: with a certificate, `tcp://` means TLS. */
export function withCertificates(endpoint: EngineEndpoint): EngineEndpoint {
  const { certPath, ...rest } = endpoint;
  if (certPath === undefined) return rest;
  const read = (file: string) => readFileSync(join(certPath, file), "utf8");
  return { ...rest, ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") };
}

/** dockerode's options for an endpoint; none at all makes it follow DOCKER_HOST or the default socket. */
export function connectOptions(endpoint: EngineEndpoint): Docker.DockerOptions {
  const { host, ca, cert, key } = endpoint;
  if (host === undefined) return {};
  const pipe = /^(?:unix|npipe):\/\/(.+)$/.exec(host);
  if (pipe?.[1] !== undefined) return { socketPath: pipe[1] };
  const url = /^(tcp|http|https|ssh):\/\/(?:([^@/]+)@)?([^:/]+)(?::(\d+))?\/?$/.exec(host);
  if (url?.[1] === undefined || url[3] === undefined) {
    throw new Error(
      `${host} is no address of a Docker engine; allowed: unix://, npipe://, tcp://, https://, ssh://`,
    );
  }
  const secure = url[1] === "https" || cert !== undefined;
  const protocol = url[1] === "ssh" ? "ssh" : secure ? "https" : "http";
  const usualPort = protocol === "ssh" ? 22 : secure ? 2376 : 2375;
  return {
    protocol,
    host: url[3],
    port: url[4] === undefined ? usualPort : Number(url[4]),
    ...(url[2] === undefined ? {} : { username: url[2] }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}
