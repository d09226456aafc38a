import Docker from "dockerode";
import { messageOf, ProviderError } from "../errors";
import { within } from "../timing";
import type { ProviderConfig } from "./config";
import { type Credentials, credentialsFor } from "./credentials";
import { type Endpoint, resolveEndpoint } from "./endpoint";
import { SshAgent } from "./sshConnection";

export interface Engine {
  readonly docker: Docker;
  readonly endpoint: string;
  credentials(image: string): Promise<Credentials | undefined>;
}

const PING_TIMEOUT_MS = 20_000;

/** Connects to the engine that the provider's settings or the environment name, and makes sure it answers. */
export async function connectEngine(config: ProviderConfig): Promise<Engine> {
  const endpoint = resolveEndpoint(config, process.env);
  const docker = new Docker(connectionOptions(endpoint, config.sshOpts));
  if (!config.disableDockerDaemonCheck) await ping(docker, endpoint.url);
  return {
    docker,
    endpoint: endpoint.url,
    credentials: (image) => credentialsFor(image, config.registryAuth),
  };
}

async function ping(docker: Docker, url: string): Promise<void> {
  try {
    await within(PING_TIMEOUT_MS, `no answer within ${PING_TIMEOUT_MS / 1000} s`, docker.ping());
  } catch (error) {
    throw new ProviderError(
      `Cannot connect to the Docker daemon at ${url}: ${messageOf(error)}. ` +
        "Start the engine, or point to another one with the provider's `host`, `pulumi config set docker:host`, " +
        "or the variable DOCKER_HOST.",
      { cause: error },
    );
  }
}

// The connection library falls back to its own reading of DOCKER_HOST for what is not given explicitly.
const NOTHING_FROM_ENVIRONMENT = {
  host: undefined,
  port: undefined,
  socketPath: undefined,
  ca: undefined,
  cert: undefined,
  key: undefined,
};

function connectionOptions({ url, tls }: Endpoint, sshOpts: readonly string[]): Docker.DockerOptions {
  const [, scheme = "", rest = ""] = /^(\w+):\/\/(.*)$/s.exec(url) ?? [];
  const options = (given: object): Docker.DockerOptions => ({ ...NOTHING_FROM_ENVIRONMENT, ...given });
  switch (scheme) {
    case "unix":
      return options({ socketPath: rest, protocol: "http" });
    case "npipe":
      return options({ socketPath: rest.replaceAll("/", "\\"), protocol: "http" });
    case "ssh":
      return options({
        host: "docker.example.com",
        protocol: "http",
        agent: new SshAgent(new URL(url), sshOpts),
      });
    case "tcp":
    case "http":
    case "https": {
      const { hostname, port, pathname } = new URL(`http://${rest}`);
      const isTls = tls !== undefined || scheme === "https";
      return options({
        host: hostname.replace(/^\[|\]$/g, ""),
        port: port === "" ? (isTls ? 2376 : 2375) : Number(port),
        ...(pathname !== "/" && { pathPrefix: pathname }),
        protocol: isTls ? "https" : "http",
        ...tls,
      });
    }
    default:
      throw new ProviderError(
        `"${url}" is no Docker endpoint; allowed: unix:///PATH, npipe:////./pipe/NAME, tcp://HOST:PORT, ssh://USER@HOST`,
      );
  }
}
