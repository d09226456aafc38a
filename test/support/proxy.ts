import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type Docker from "dockerode";
import { everything } from "../../sdk/plan/proxyPlan";
import { linux } from "../../sdk/platform/linux";
import type { NginxTraits } from "../../sdk/platform/platform";
import { nginxConfiguration, type Configuration } from "../../sdk/proxy/nginxConfiguration";
import { proxyFiles } from "../../sdk/proxy/proxyFiles";
import { exec } from "../../sdk/reload/exec";
import { proxySchema } from "../../sdk/schema/proxy";
import { validate } from "../../sdk/schema/validate";
import { prepareImages, type FarmImages } from "../../toolchain/images";
import { EngineFixture, eventually, uniqueName } from "./engine";

export const paths = linux.proxy;

export const proxyArgs = (args: object = {}) => validate(proxySchema, { image: "nginx:1", ...args }, "test");

/** The configuration of a proxy before one app, `webapp`. */
export function configuration(
  upstreams: string[],
  args: object = {},
  nginx: NginxTraits = paths.nginx,
  swarm = false,
): Configuration {
  const valid = proxyArgs(args);
  const texts = valid.tls as { certificate: string; key: string } | undefined;
  const { loadBalancing, keepAliveConnections } = valid;
  return nginxConfiguration({
    apps: [{ name: "webapp", upstreams, routes: [everything], loadBalancing, keepAliveConnections }],
    args: valid,
    nginx,
    swarm,
    ...(texts === undefined ? {} : { tls: { ...texts, redirect: ":8443" } }),
    ...(valid.discovery === "resolve" ? { resolver: "127.0.0.11" } : {}),
  });
}

/**
 * The same for an nginx of PyPI, which is built without the status module that others have: that page then
 * answers with nothing.
 */
export function withoutStatus({ text, files, ...rest }: Configuration): Configuration {
  const known = (of: string): string => of.replace("stub_status;", "return 204;");
  return { ...rest, text: known(text), files: files.map((file) => ({ ...file, text: known(file.text) })) };
}

/** A network with a proxy and replicas, as a scale set has them, but without Pulumi. */
export class ProxyBench {
  protected constructor(
    readonly engine: EngineFixture,
    readonly images: FarmImages,
    readonly network: string,
    /** The proxy's directory, seen from outside. */
    readonly directory: string,
  ) {}

  static async create(): Promise<ProxyBench> {
    const engine = new EngineFixture();
    const images = await prepareImages({ docker: engine.docker, log: () => undefined });
    const directory = await mkdtemp(join(tmpdir(), "webfarm-proxy-"));
    for (const { file, content } of proxyFiles(paths)) {
      await writeFile(join(directory, basename(file)), content);
    }
    return new ProxyBench(engine, images, await engine.network(), directory);
  }

  async remove(): Promise<void> {
    await this.engine.cleanUp();
    await rm(this.directory, { recursive: true });
  }

  startProxy(): Promise<Docker.Container> {
    return this.startProxyOf(this.images.proxy);
  }

  startProxyOf(image: string): Promise<Docker.Container> {
    return this.engine.start({
      Image: image,
      Entrypoint: ["sh", "/webfarm/start-nginx.sh"],
      Cmd: [],
      HostConfig: { NetworkMode: this.network, Binds: [`${this.directory}:/webfarm`] },
    });
  }

  /** A replica that serves, as the health gate would have it before any reload; its `host:port`. */
  async startReplica(
    replica: string,
    name = uniqueName(replica),
    options: Docker.ContainerCreateOptions = {},
  ): Promise<string> {
    const container = await this.engine.start({
      ...options,
      name,
      Image: this.images.webapp,
      Env: [`WEBFARM_REPLICA=${replica}`],
      HostConfig: { NetworkMode: this.network },
    });
    if ((await this.get(container)).status !== 200) throw new Error(`${replica} does not serve`);
    return `${name}:80`;
  }

  reload(proxy: Docker.Container, { files }: Configuration, attempts = 3, drain = 0) {
    const { input = "", parameters } = paths.encode(files);
    const command = ["sh", "/webfarm/reload.sh", ...parameters, attempts, 0.2, drain].map(String);
    return exec(proxy, command, { input, timeoutSeconds: 60 });
  }

  async get(container: Docker.Container, path = "/", options: RequestInit = {}): Promise<Response> {
    const url = `http://${await this.engine.address(container)}${path}`;
    return eventually(`an answer of ${url}`, 10, () =>
      fetch(url, { redirect: "manual", signal: AbortSignal.timeout(20_000), ...options }),
    );
  }

  async replicasSeen(proxy: Docker.Container, requests = 20): Promise<string[]> {
    const seen = new Set<string>();
    for (let request = 0; request < requests; request++) {
      seen.add((await this.get(proxy)).headers.get("x-webfarm-replica") ?? "none");
    }
    return [...seen].sort();
  }
}
