import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { ProviderError } from "../errors";
import type { ProviderConfig } from "./config";

export interface Endpoint {
  readonly url: string;
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_URL =
  process.platform === "win32" ? "npipe:////./pipe/docker_engine" : "unix:///var/run/docker.sock";

/** Where the engine is: a context before a host, the provider's settings before the environment. */
export function resolveEndpoint(config: ProviderConfig, environment: Environment): Endpoint {
  const context = config.context ?? environment.DOCKER_CONTEXT;
  if (context !== undefined && context !== "" && context !== "default") {
    return contextEndpoint(context, environment);
  }
  const url = config.host ?? environment.DOCKER_HOST;
  if (url !== undefined && url !== "") return { url, ...tlsMaterial(config, environment) };
  const current = currentContext(environment);
  return current === undefined ? { url: DEFAULT_URL } : contextEndpoint(current, environment);
}

function tlsMaterial(config: ProviderConfig, environment: Environment): Pick<Endpoint, "tls"> {
  const ca = config.caMaterial ?? environment.DOCKER_CA_MATERIAL;
  const cert = config.certMaterial ?? environment.DOCKER_CERT_MATERIAL;
  const key = config.keyMaterial ?? environment.DOCKER_KEY_MATERIAL;
  if (ca !== undefined || cert !== undefined || key !== undefined) {
    return { tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) } };
  }
  const directory = config.certPath ?? environment.DOCKER_CERT_PATH;
  return directory === undefined || directory === "" ? {} : { tls: readMaterial(directory) };
}

function readMaterial(directory: string): NonNullable<Endpoint["tls"]> {
  const read = (file: string): string => {
    try {
      return readFileSync(join(directory, file), "utf8");
    } catch (error) {
      throw new ProviderError(
        `cannot read ${file} of the TLS material in ${directory}: ${(error as Error).message}; ` +
          "expected there: ca.pem, cert.pem and key.pem",
      );
    }
  };
  return { ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") };
}

function dockerDirectory(environment: Environment): string {
  return environment.DOCKER_CONFIG ?? join(homedir(), ".docker");
}

function currentContext(environment: Environment): string | undefined {
  const file = join(dockerDirectory(environment), "config.json");
  if (!existsSync(file)) return undefined;
  const { currentContext: name } = JSON.parse(readFileSync(file, "utf8")) as { currentContext?: string };
  return name === undefined || name === "" || name === "default" ? undefined : name;
}

interface ContextMetadata {
  readonly Endpoints?: { readonly docker?: { readonly Host?: string } };
}

function contextEndpoint(name: string, environment: Environment): Endpoint {
  const id = createHash("sha256").update(name).digest("hex");
  const contexts = join(dockerDirectory(environment), "contexts");
  const file = join(contexts, "meta", id, "meta.json");
  if (!existsSync(file)) {
    throw new ProviderError(
      `there is no Docker context "${name}"; \`docker context ls\` lists what is there, ` +
        "the provider's setting `host` does without a context",
    );
  }
  const url = (JSON.parse(readFileSync(file, "utf8")) as ContextMetadata).Endpoints?.docker?.Host;
  if (url === undefined) throw new ProviderError(`the Docker context "${name}" names no engine`);
  const material = join(contexts, "tls", id, "docker");
  return existsSync(material) ? { url, tls: readMaterial(material) } : { url };
}
