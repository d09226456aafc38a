import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { HostRelease, Orchestrator } from "../args";
import type { Owner } from "../plan/labels";
import { firstTcpPort } from "../plan/ports";
import type { ProxyApp } from "../plan/proxyPlan";
import type { PlatformTraits, ProxyPaths } from "../platform/platform";
import { nginxConfiguration, type Configuration } from "../proxy/nginxConfiguration";
import { redirectOf, type TlsTexts } from "../proxy/tls";
import type { ValidProxyArgs } from "../schema/proxy";
import type { NatService } from "./natService";

/** What a proxy needs to know beyond its own arguments. */
export interface ProxySetting {
  args: ValidProxyArgs;
  owner: Owner;
  /** Identity of the deployment, see `identityOf`. */
  deployment: pulumi.Output<string>;
  traits: PlatformTraits;
  paths: ProxyPaths;
  release: HostRelease;
  orchestrator: Orchestrator;
  network: pulumi.Input<string>;
  apps: readonly ProxiedApp[];
  /** How long the proxy has to stop. */
  stopSeconds: number;
}

/** What stands on the engine then. */
export interface ProxyOutputs {
  url: pulumi.Output<string>;
  localUrl: pulumi.Output<string>;
  upstreams: pulumi.Output<string[]>;
  nginxConf: pulumi.Output<string>;
  containerName: pulumi.Output<string>;
  reload: pulumi.Stash;
}

/** An app as the proxy gets it: its service, and the rest of its plan. */
export interface ProxiedApp extends Omit<ProxyApp, "upstreams"> {
  service: NatService;
  /** Port that the app listens on in its containers. */
  port: number;
}

/** `host:port` of each app's replicas; they resolve when the replicas are healthy. */
export function upstreamsOf({
  args,
  apps,
  orchestrator,
}: ProxySetting): pulumi.Output<Record<string, string[]>> {
  // The proxies of a swarm ask its DNS for the addresses behind the one name.
  const byAlias = orchestrator === "swarm" || args.discovery === "resolve";
  const lists = apps.map(({ name, service, port }) => {
    const hosts = byAlias ? service.alias.apply((alias) => [alias]) : service.containerNames;
    return hosts.apply((hosts): [string, string[]] => [name, hosts.map((host) => `${host}:${port}`)]);
  });
  return pulumi.all(lists).apply((entries) => Object.fromEntries(entries));
}

/** The configuration of the proxy that `parent` is; secret when it has a certificate. */
export function configurationOf(
  setting: ProxySetting,
  parent: pulumi.Resource,
): pulumi.Output<Configuration> {
  const { args, paths } = setting;
  return pulumi
    .all([upstreamsOf(setting), tlsTexts(args), resolverOf(setting, parent)])
    .apply(([upstreams, tlsTexts, resolver]) =>
      nginxConfiguration({
        apps: setting.apps.map((app) => ({ ...app, upstreams: upstreams[app.name] ?? [] })),
        args,
        nginx: paths.nginx,
        swarm: setting.orchestrator === "swarm",
        ...(resolver === undefined ? {} : { resolver }),
        ...(tlsTexts === undefined ? {} : { tls: tlsTexts }),
      }),
    );
}

function tlsTexts({ tls, publish }: ValidProxyArgs): pulumi.Output<TlsTexts | undefined> {
  if (tls === undefined) return pulumi.output(undefined);
  return pulumi.all([pulumi.secret(tls.certificate), pulumi.secret(tls.key)]).apply(([certificate, key]) => ({
    certificate,
    key,
    ...redirectOf(tls, publish),
  }));
}

/** The name server that nginx asks; Windows networks have theirs at the gateway. */
function resolverOf(
  { args, paths, network }: ProxySetting,
  parent: pulumi.Resource,
): pulumi.Output<string | undefined> {
  if (args.discovery !== "resolve") return pulumi.output(undefined);
  if (paths.nginx.resolver !== undefined) return pulumi.output(paths.nginx.resolver);
  return docker
    .getNetworkOutput({ name: network }, { parent })
    .ipamConfigs.apply((ranges) => ranges[0]?.gateway);
}

/** The value of an output that is known by now, as all are in a hook. */
export function known<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

/** The port that the proxy asks a service at. */
export function proxiedPort(args: { ports: readonly { container: number; protocol: string }[] }): number {
  const port = firstTcpPort(args.ports);
  if (port === undefined) throw new Error("a proxied service has a tcp port; its schema says so");
  return port;
}
