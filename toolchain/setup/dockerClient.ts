import { readFileSync } from "node:fs";
import { join } from "node:path";
import Docker from "dockerode";
import { z } from "zod";
import type { DockerEndpoint } from "./dockerContext";
import { SetupError } from "./errors";

/** What an engine says of itself. */
export interface EngineFacts {
  version: string;
  os: "linux" | "windows";
}

const versionSchema = z.object({ Version: z.string(), Os: z.enum(["linux", "windows"]) });

const PING_SECONDS = 10;

export function dockerClient(endpoint: DockerEndpoint, timeoutSeconds?: number): Docker {
  return new Docker({
    ...connection(endpoint),
    ...(timeoutSeconds !== undefined && { timeout: timeoutSeconds * 1000 }),
  });
}

function connection(endpoint: DockerEndpoint): Docker.DockerOptions {
  const { host } = endpoint;
  if (host.startsWith("unix://")) return { socketPath: host.slice("unix://".length) };
  if (host.startsWith("npipe://")) return { socketPath: host.slice("npipe://".length).replaceAll("/", "\\") };
  const url = URL.canParse(host) ? new URL(host) : undefined;
  switch (url?.protocol) {
    case "ssh:":
      return {
        protocol: "ssh",
        host: url.hostname,
        port: url.port === "" ? 22 : Number(url.port),
        ...(url.username !== "" && { username: decodeURIComponent(url.username) }),
        ...(process.env.SSH_AUTH_SOCK !== undefined && { sshOptions: { agent: process.env.SSH_AUTH_SOCK } }),
      };
    case "tcp:":
    case "http:":
    case "https:": {
      const isTls = url.protocol === "https:" || endpoint.verifyTls || endpoint.certificates !== undefined;
      return {
        protocol: isTls ? "https" : "http",
        host: url.hostname,
        port: url.port === "" ? (isTls ? 2376 : 2375) : Number(url.port),
        ...(endpoint.certificates !== undefined && readCertificates(endpoint.certificates)),
      };
    }
    default:
      throw new SetupError(
        `${endpoint.origin} says "${host}", which is no address of a Docker engine`,
        "Allowed are unix://PATH, npipe://PIPE, tcp://HOST:PORT and ssh://USER@HOST.",
      );
  }
}

function readCertificates(directory: string): Pick<Docker.DockerOptions, "ca" | "cert" | "key"> {
  const read = (name: string): Buffer => readFileSync(join(directory, name));
  try {
    return { ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") };
  } catch (error) {
    throw new SetupError(
      `the certificates for the Docker engine cannot be read: ${error instanceof Error ? error.message : ""}`,
      "DOCKER_CERT_PATH must be a directory with ca.pem, cert.pem and key.pem.",
    );
  }
}

export type Probe = { facts: EngineFacts; failure?: never } | { facts?: never; failure: string };

/** Asks the engine who it is, within a limit of time. */
export async function probe(endpoint: DockerEndpoint): Promise<Probe> {
  const docker = dockerClient(endpoint, PING_SECONDS);
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${PING_SECONDS} s`));
    }, PING_SECONDS * 1000);
  });
  try {
    const { Version, Os } = versionSchema.parse(await Promise.race([docker.version(), limit]));
    return { facts: { version: Version, os: Os } };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
