import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { HostRelease } from "../args";
import { containerLabels, type Owner } from "../plan/labels";
import type { ProxyPlan } from "../plan/proxyPlan";
import { firstTcpPort } from "../plan/ports";
import { hostAddress, httpUrl } from "../plan/urls";
import type { PlatformTraits, ProxyPaths } from "../platform/platform";
import { nginxConfiguration, proxyPort } from "../proxy/nginxConfiguration";
import { proxyFiles } from "../proxy/proxyFiles";
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
  service: NatService;
  /** Name of the service in nginx.conf. */
  serviceName: string;
  /** `host:port` of each replica; resolves when they are healthy. */
  upstreams: pulumi.Output<string[]>;
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

    const { traits, release } = setting;
    const serving = after(
      this.reload,
      pulumi
        .all([container.ports, container.networkDatas, endpointOf(this)])
        .apply(([ports, networks, endpoint]) => {
          const published = ports?.[0]?.external ?? 0;
          const address = networks[0]?.ipAddress ?? "";
          return {
            url: httpUrl(setting.args.serverName ?? hostAddress(endpoint.host), published),
            localUrl: traits.loopsBack(release)
              ? httpUrl("localhost", published)
              : httpUrl(address, proxyPort),
          };
        }),
    );
    this.url = serving.url;
    this.localUrl = serving.localUrl;
    this.upstreams = after(this.reload, setting.upstreams);
    this.containerName = container.name;
    this.registerOutputs({ url: this.url, localUrl: this.localUrl, upstreams: this.upstreams });
  }

  private container(name: string, { args, owner, traits, paths, release, network, service }: ProxySetting) {
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
      ports: [{ internal: proxyPort, ...(args.publish === undefined ? {} : { external: args.publish }) }],
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
      dependsOn: service,
    });
  }

  /**
   * The reload: a Stash whose input changes with the proxy, its configuration and its upstreams, and whose
   * hooks run after all replicas are healthy and before anything is deleted. A failed hook leaves the old
   * input in the state, so the next `up` tries again; an after hook would never be retried.
   */
  private reloadOf(name: string, setting: ProxySetting, container: docker.Container): pulumi.Stash {
    const { args, paths, upstreams, service, serviceName } = setting;
    const plan: ProxyPlan = { service: serviceName, args };
    const engine = engineOf(this);
    const run = async (hook: pulumi.ResourceHookArgs) => {
      const input = (hook.newInputs as { input: ReloadInput }).input;
      const before = (hook.oldInputs as { input: ReloadInput } | undefined)?.input;
      await reloadProxy(await engine(), input, before, nginxConfiguration(plan, input.upstreams), {
        limits: args.reload,
        paths,
        log: (line) => void pulumi.log.info(line, this),
      });
    };
    const input = pulumi.all([container.name, upstreams]).apply(([proxy, upstreams]): ReloadInput => ({
      proxy,
      configuration: nginxConfiguration(plan, upstreams).digest,
      upstreams,
    }));
    return new pulumi.Stash(
      `${name}-reload`,
      { input },
      { parent: this, dependsOn: [service, container], hooks: beforeEachChange(run) },
    );
  }
}

/** The upstreams of a service: its replicas' names and its first tcp port. */
export function upstreamsOf(
  service: NatService,
  args: { ports: readonly { container: number; protocol: string }[] },
): pulumi.Output<string[]> {
  const port = firstTcpPort(args.ports);
  if (port === undefined) throw new Error("a proxied service has a tcp port; its schema says so");
  return service.containerNames.apply((names) => names.map((host) => `${host}:${port}`));
}
