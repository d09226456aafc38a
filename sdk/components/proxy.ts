import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { HostRelease } from "../args";
import { containerLabels, type Owner } from "../plan/labels";
import type { ProxyApp } from "../plan/proxyPlan";
import { firstTcpPort } from "../plan/ports";
import { hostAddress, webUrl } from "../plan/urls";
import type { PlatformTraits, ProxyPaths } from "../platform/platform";
import { nginxConfiguration, type Configuration } from "../proxy/nginxConfiguration";
import { proxyPort, tlsPort } from "../proxy/ports";
import { proxyFiles } from "../proxy/proxyFiles";
import type { TlsTexts } from "../proxy/tls";
import { endpointOf, engineOf } from "../reload/engine";
import { reloadProxy, type ReloadInput } from "../reload/reload";
import type { ValidProxyArgs } from "../schema/proxy";
import { healthcheckArgs } from "./containerArgs";
import { beforeEachChange } from "./hooks";
import type { NatService } from "./natService";
import { after } from "./after";

/** What a proxy needs to know beyond its own arguments. */
export interface ProxySetting {
  args: ValidProxyArgs;
  owner: Owner;
  traits: PlatformTraits;
  paths: ProxyPaths;
  release: HostRelease;
  network: pulumi.Input<string>;
  apps: readonly ProxiedApp[];
}

/** An app as the proxy gets it: its service, and the rest of its plan. */
export interface ProxiedApp extends Omit<ProxyApp, "upstreams"> {
  service: NatService;
  /** Port that the app listens on in its containers. */
  port: number;
}

/**
 * The nginx proxy of a scale set or farm: its container, and the reload that brings every change of
 * configuration or upstreams into the running nginx. Only a new image or published port replaces it.
 */
export class Proxy extends pulumi.ComponentResource {
  /** Where other machines reach the proxy. */
  readonly url: pulumi.Output<string>;
  /** Where the Docker host itself reaches the proxy. */
  readonly localUrl: pulumi.Output<string>;
  /** `host:port` of each replica in rotation; resolves after the reload. */
  readonly upstreams: pulumi.Output<string[]>;
  /** Name of the proxy's container. */
  readonly containerName: pulumi.Output<string>;
  /** The reload: a row in every preview that changes what the proxy does. */
  readonly reload: pulumi.Stash;

  constructor(name: string, setting: ProxySetting, opts?: pulumi.ComponentResourceOptions) {
    super("webfarm:index:Proxy", name, {}, opts);
    const container = this.container(name, setting);
    this.reload = this.reloadOf(name, setting, container);

    const { traits, release, args } = setting;
    const secure = args.tls !== undefined;
    const serving = after(
      this.reload,
      pulumi
        .all([container.ports, container.networkDatas, endpointOf(this)])
        .apply(([ports, networks, endpoint]) => {
          const inside = secure ? tlsPort : proxyPort;
          const published = ports?.find(({ internal }) => internal === inside)?.external ?? 0;
          const address = networks[0]?.ipAddress ?? "";
          return {
            url: webUrl(secure, args.serverName ?? hostAddress(endpoint.host), published),
            localUrl: traits.loopsBack(release)
              ? webUrl(secure, "localhost", published)
              : webUrl(secure, address, inside),
          };
        }),
    );
    this.url = serving.url;
    this.localUrl = serving.localUrl;
    this.upstreams = after(
      this.reload,
      pulumi.all(upstreamsOf(setting)).apply((lists) => lists.flat()),
    );
    this.containerName = container.name;
    this.registerOutputs({ url: this.url, localUrl: this.localUrl, upstreams: this.upstreams });
  }

  private container(name: string, { args, owner, traits, paths, release, network, apps }: ProxySetting) {
    const { startScript, interpreter, stopSignal } = paths;
    const times = traits.checkTimes;
    const tests = traits.probe({ kind: "http", port: proxyPort, path: "/_webfarm/health" }, release);
    const containerArgs: docker.ContainerArgs = {
      image: args.image,
      networkMode: network,
      hostname: owner.service,
      entrypoints: [...interpreter, startScript],
      // Copied in between create and start, which works on every engine; a changed script replaces the proxy.
      uploads: proxyFiles(paths),
      ports: publishedPorts(args),
      restart: "unless-stopped",
      healthcheck: healthcheckArgs({ tests, ...times, retries: 3 }),
      labels: containerLabels(owner, owner.service, "1"),
      destroyGraceSeconds: Math.max(args.reload.drainSeconds, 10),
      stopSignal,
    };
    return new docker.Container(name, args.transform?.(containerArgs, name) ?? containerArgs, {
      parent: this,
      // A published port cannot be held twice, so the plugin's delete-before-replace stands here.
      replaceOnChanges: [...traits.replaceOnChanges],
      // Not before the replicas serve: a roll that fails must leave the proxy alone.
      dependsOn: apps.map(({ service }) => service),
    });
  }

  /**
   * The reload: a Stash whose input changes with the proxy, its configuration and its upstreams, and whose
   * hooks run after all replicas are healthy and before anything is deleted. A failed hook leaves the old
   * input in the state, so the next `up` tries again; an after hook would never be retried.
   */
  private reloadOf(name: string, setting: ProxySetting, container: docker.Container): pulumi.Stash {
    const { args, paths, apps } = setting;
    const engine = engineOf(this);
    const configuration = configurationOf(setting);
    const run = async (hook: pulumi.ResourceHookArgs) => {
      const input = (hook.newInputs as { input: ReloadInput }).input;
      const before = (hook.oldInputs as { input: ReloadInput } | undefined)?.input;
      await reloadProxy(await engine(), input, before, await known(configuration), {
        limits: args.reload,
        paths,
        log: (line) => void pulumi.log.info(line, this),
      });
    };
    const input = pulumi
      .all([
        container.name,
        // The digest tells nothing of the certificate's key.
        pulumi.unsecret(configuration.apply(({ digest }) => digest)),
        pulumi.all(upstreamsOf(setting)),
      ])
      .apply(([proxy, configuration, upstreams]): ReloadInput => ({
        proxy,
        configuration,
        upstreams: upstreams.flat(),
      }));
    return new pulumi.Stash(
      `${name}-reload`,
      { input },
      {
        parent: this,
        dependsOn: [...apps.map(({ service }) => service), container],
        hooks: beforeEachChange(run),
      },
    );
  }
}

function publishedPorts({ publish, tls }: ValidProxyArgs) {
  const port = (internal: number, external: number | undefined) =>
    external === undefined ? { internal } : { internal, external };
  if (tls === undefined) return [port(proxyPort, publish)];
  const plain = tls.publishHttp === undefined ? [] : [port(proxyPort, tls.publishHttp)];
  return [port(tlsPort, publish), ...plain];
}

/** The upstreams of each app, in the order of the apps; they resolve when the replicas are healthy. */
function upstreamsOf({ args, apps }: ProxySetting): pulumi.Output<string[]>[] {
  return apps.map(({ service, port }) =>
    args.discovery === "resolve"
      ? service.alias.apply((alias) => [`${alias}:${port}`])
      : service.containerNames.apply((names) => names.map((host) => `${host}:${port}`)),
  );
}

function configurationOf(setting: ProxySetting): pulumi.Output<Configuration> {
  const args = setting.args;
  const { nginx } = setting.paths;
  return pulumi
    .all([pulumi.all(upstreamsOf(setting)), tlsTexts(setting.args), resolverOf(setting)])
    .apply(([upstreams, tlsTexts, resolver]) => {
      const apps = setting.apps.map((app, index) => ({ ...app, upstreams: upstreams[index] ?? [] }));
      return nginxConfiguration({
        apps,
        args,
        nginx,
        ...(resolver === undefined ? {} : { resolver }),
        ...(tlsTexts === undefined ? {} : { tls: tlsTexts }),
      });
    });
}

function tlsTexts({ tls, publish }: ValidProxyArgs): pulumi.Output<TlsTexts | undefined> {
  if (tls === undefined) return pulumi.output(undefined);
  const redirect = publish === undefined || publish === 443 ? "" : `:${publish}`;
  return pulumi.all([pulumi.secret(tls.certificate), pulumi.secret(tls.key)]).apply(([certificate, key]) => ({
    certificate,
    key,
    ...(tls.redirect ? { redirect } : {}),
  }));
}

/** The name server that nginx asks; Windows networks have theirs at the gateway. */
function resolverOf({ args, paths, network }: ProxySetting): pulumi.Output<string | undefined> {
  if (args.discovery !== "resolve") return pulumi.output(undefined);
  if (paths.nginx.resolver !== undefined) return pulumi.output(paths.nginx.resolver);
  return docker.getNetworkOutput({ name: network }).ipamConfigs.apply((ranges) => ranges[0]?.gateway);
}

/** The value of an output that is known by now, as all are in a hook. */
function known<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

/** The port that the proxy asks a service at. */
export function proxiedPort(args: { ports: readonly { container: number; protocol: string }[] }): number {
  const port = firstTcpPort(args.ports);
  if (port === undefined) throw new Error("a proxied service has a tcp port; its schema says so");
  return port;
}
