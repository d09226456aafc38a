import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { messageOf, ProviderError } from "../errors";
import type { RegistryAuth } from "./config";

/** What the engine wants in its X-Registry-Auth header. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly serveraddress: string;
}

interface DockerConfigFile {
  readonly auths?: Record<
    string,
    { readonly auth?: string; readonly username?: string; readonly password?: string }
  >;
  readonly credHelpers?: Record<string, string>;
  readonly credsStore?: string;
}

const DOCKER_HUB = "docker.io";
const HELPER_TIMEOUT_MS = 10_000;

/** `registry.example.com:5000/shop/web:1` -> `registry.example.com:5000`; Docker Hub's names have no host. */
export function registryOf(image: string): string {
  const [first = "", ...rest] = image.split("/");
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  return isHost ? first : DOCKER_HUB;
}

/** The credentials for an image's registry: the provider's `registryAuth`, else the Docker CLI's. */
export async function credentialsFor(
  image: string,
  registryAuth: readonly RegistryAuth[],
): Promise<Credentials | undefined> {
  const registry = registryOf(image);
  const entry = registryAuth.find(({ address }) => hostOf(address) === registry);
  if (entry?.authDisabled) return undefined;
  if (entry?.username !== undefined && entry.password !== undefined) {
    return { username: entry.username, password: entry.password, serveraddress: entry.address };
  }
  const file =
    entry?.configFile ?? join(process.env.DOCKER_CONFIG ?? join(homedir(), ".docker"), "config.json");
  const content = entry?.configFileContent ?? (existsSync(file) ? readFileSync(file, "utf8") : "{}");
  return fromConfigFile(registry, JSON.parse(content) as DockerConfigFile);
}

async function fromConfigFile(registry: string, config: DockerConfigFile): Promise<Credentials | undefined> {
  const helper = config.credHelpers?.[registry] ?? config.credsStore;
  if (helper !== undefined && helper !== "") return fromHelper(helper, registry);
  const [address, stored] =
    Object.entries(config.auths ?? {}).find(([key]) => hostOf(key) === registry) ?? [];
  if (address === undefined || !stored) return undefined;
  const [username, ...password] = Buffer.from(stored.auth ?? "", "base64")
    .toString()
    .split(":");
  return {
    username: stored.username ?? username ?? "",
    password: stored.password ?? password.join(":"),
    serveraddress: address,
  };
}

async function fromHelper(helper: string, registry: string): Promise<Credentials | undefined> {
  const server = registry === DOCKER_HUB ? "https://index.docker.io/v1/" : registry;
  const running = promisify(execFile)(`docker-credential-${helper}`, ["get"], { timeout: HELPER_TIMEOUT_MS });
  running.child.stdin?.end(server);
  try {
    const { Username, Secret } = JSON.parse((await running).stdout) as { Username: string; Secret: string };
    return { username: Username, password: Secret, serveraddress: server };
  } catch (error) {
    // Helpers report "not logged in" as a failure; the registry may well serve the image to anyone.
    if (/credentials not found/i.test(messageOf(error) + outputOf(error))) return undefined;
    throw new ProviderError(
      `docker-credential-${helper} did not give the credentials for ${server}: ${messageOf(error)}; ` +
        "log in again, or set the provider's `registryAuth`",
    );
  }
}

function outputOf(error: unknown): string {
  return error instanceof Error && "stdout" in error ? String(error.stdout) : "";
}

function hostOf(address: string): string {
  const host = address.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
  return ["index.docker.io", "registry-1.docker.io"].includes(host) ? DOCKER_HUB : host;
}
