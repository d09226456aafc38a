import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { SetupError } from "./errors";

/** Where a Docker engine listens, and what proves to it who we are. */
export interface DockerEndpoint {
  /** As in DOCKER_HOST: unix:///..., npipe:////..., tcp://..., ssh://... */
  host: string;
  /** A directory with ca.pem, cert.pem and key.pem. */
  certificates?: string;
  verifyTls: boolean;
  /** Where this endpoint comes from, in words. */
  origin: string;
}

/** Reads a file's text; undefined when there is none. */
export type ReadText = (file: string) => string | undefined;

const configSchema = z.object({ currentContext: z.string().optional() });
const contextSchema = z.object({
  Name: z.string(),
  Endpoints: z.object({
    docker: z.object({ Host: z.string(), SkipTLSVerify: z.boolean().optional() }),
  }),
});

/** The endpoint that the user has chosen, by environment or by the docker CLI's context; else undefined. */
export function chosenEndpoint(
  env: NodeJS.ProcessEnv,
  readText: ReadText,
  home = homedir(),
): DockerEndpoint | undefined {
  if (isSet(env.DOCKER_HOST)) {
    return {
      host: env.DOCKER_HOST,
      ...(isSet(env.DOCKER_CERT_PATH) && { certificates: env.DOCKER_CERT_PATH }),
      verifyTls: isSet(env.DOCKER_TLS_VERIFY),
      origin: "DOCKER_HOST",
    };
  }
  const configDirectory = isSet(env.DOCKER_CONFIG) ? env.DOCKER_CONFIG : join(home, ".docker");
  const configFile = join(configDirectory, "config.json");
  const name = isSet(env.DOCKER_CONTEXT) ? env.DOCKER_CONTEXT : currentContext(configFile, readText);
  if (name === undefined || name === "default") return undefined;
  return contextEndpoint(name, configDirectory, readText);
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}

function currentContext(configFile: string, readText: ReadText): string | undefined {
  const text = readText(configFile);
  if (text === undefined) return undefined;
  try {
    return configSchema.parse(JSON.parse(text)).currentContext;
  } catch {
    throw new SetupError(
      `${configFile} cannot be read as Docker's configuration`,
      "Put the file right or move it away.",
    );
  }
}

function contextEndpoint(name: string, configDirectory: string, readText: ReadText): DockerEndpoint {
  // The docker CLI names a context's folders after the digest of its name.
  const id = createHash("sha256").update(name).digest("hex");
  const metaFile = join(configDirectory, "contexts", "meta", id, "meta.json");
  const text = readText(metaFile);
  const wayOut =
    "List the contexts with `docker context ls`, choose one with `docker context use`, or set DOCKER_HOST.";
  if (text === undefined) throw new SetupError(`there is no Docker context "${name}"`, wayOut);
  let docker: z.infer<typeof contextSchema>["Endpoints"]["docker"];
  try {
    docker = contextSchema.parse(JSON.parse(text)).Endpoints.docker;
  } catch {
    throw new SetupError(`the Docker context "${name}" names no Docker endpoint (${metaFile})`, wayOut);
  }
  const certificates = join(configDirectory, "contexts", "tls", id, "docker");
  const hasCertificates = readText(join(certificates, "ca.pem")) !== undefined;
  return {
    host: docker.Host,
    ...(hasCertificates && { certificates }),
    verifyTls: hasCertificates && docker.SkipTLSVerify !== true,
    origin: `Docker context "${name}"`,
  };
}

/** Where an engine listens when nobody has said anything. */
export function defaultEndpoint(platform: NodeJS.Platform): DockerEndpoint {
  return platform === "win32"
    ? { host: "npipe:////./pipe/docker_engine", verifyTls: false, origin: "the default pipe" }
    : { host: "unix:///var/run/docker.sock", verifyTls: false, origin: "the default socket" };
}

/** Whether the engine's published ports are ports of this machine. */
export function isLocal(endpoint: DockerEndpoint): boolean {
  if (/^(unix|npipe):/.test(endpoint.host)) return true;
  return ["localhost", "127.0.0.1", "[::1]"].includes(new URL(endpoint.host).hostname);
}

/** The environment that leads the docker CLI, the plugin and our own programs to the endpoint. */
export function endpointEnvironment(endpoint: DockerEndpoint): NodeJS.ProcessEnv {
  return {
    DOCKER_HOST: endpoint.host,
    DOCKER_CERT_PATH: endpoint.certificates,
    DOCKER_TLS_VERIFY: endpoint.verifyTls ? "1" : undefined,
    DOCKER_CONTEXT: undefined,
  };
}
