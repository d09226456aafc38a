import * as pulumi from "@pulumi/pulumi";
import type { Orchestrator } from "../args";
import { hostProxy } from "./hostProxy";
import type { ProxyOutputs, ProxySetting } from "./proxyInputs";
import { swarmProxy } from "./swarmProxy";

type MakeProxy = (name: string, setting: ProxySetting, parent: pulumi.ComponentResource) => ProxyOutputs;

/** What each orchestrator makes of a proxy. */
const orchestrators: Record<Orchestrator, MakeProxy> = { host: hostProxy, swarm: swarmProxy };

/**
 * The nginx proxy of a scale set or farm: its container, and the reload that brings every change of
 * configuration or upstreams into the running nginx. Only a new image or published port replaces it. A program
 * does not make one itself: it is `ProxiedScaleSet.proxy` and `WindowsWebFarm.proxy`.
 */
export class Proxy extends pulumi.ComponentResource {
  /** Where other machines reach the proxy; on a swarm the first node, by the nodes' names, that runs one. */
  readonly url: pulumi.Output<string>;
  /** Where the Docker host itself reaches the proxy; on a swarm each node that runs one. */
  readonly localUrl: pulumi.Output<string>;
  /** `host:port` of each replica in rotation, on a swarm `alias:port` of each app; resolves after the reload. */
  readonly upstreams: pulumi.Output<string[]>;
  /** Text of the nginx.conf that the reload brings; secret where a part of it is. */
  readonly nginxConf: pulumi.Output<string>;
  /** Name of the proxy's container; on a swarm of its service. */
  readonly containerName: pulumi.Output<string>;
  /** The reload: a row in every preview that changes what the proxy does. On a swarm the gate of the proxies. */
  readonly reload: pulumi.Stash;

  /** @internal Scale sets and farms make their proxy. */
  constructor(name: string, setting: ProxySetting, opts?: pulumi.ComponentResourceOptions) {
    super("webfarm:index:Proxy", name, {}, opts);
    const made = orchestrators[setting.orchestrator](name, setting, this);
    this.url = made.url;
    this.localUrl = made.localUrl;
    this.upstreams = made.upstreams;
    this.nginxConf = made.nginxConf;
    this.containerName = made.containerName;
    this.reload = made.reload;
    this.registerOutputs({ url: this.url, localUrl: this.localUrl, upstreams: this.upstreams });
  }
}
