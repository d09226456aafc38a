import * as pulumi from "@pulumi/pulumi";
import type { ProxiedScaleSetArgs } from "../args";
import { everything } from "../plan/proxyPlan";
import { fieldsOf, type Target } from "../schema/platformRules";
import { proxiedScaleSetIssues } from "../schema/proxiedScaleSetRules";
import { proxiedScaleSetSchema, type ValidProxiedScaleSetArgs } from "../schema/proxy";
import { validate } from "../schema/validate";
import { wantedProxy, wantedService } from "../swarm/wanted";
import { identityOf, labelledBy } from "./identity";
import { NatService } from "./natService";
import { networkOf, stackLabel, targetOf } from "./placement";
import { claimProxyPorts, warnOfRollout } from "./proxiedHost";
import { Proxy } from "./proxy";
import { proxiedPort } from "./proxyInputs";

/**
 * A {@link NatService} behind an nginx proxy that lists every replica, and is reloaded, not replaced,
 * when the replicas change. Leaving replicas are out of the proxy and drained before they are deleted.
 *
 * @throws FarmError with every fault of the arguments at once, before anything is created
 * @example
 * ```ts
 * const web = new ProxiedScaleSet("web", {
 *   service: { image: "andrew0928/mvcdemo:1.0", replicas: 2, ports: [{ container: 80 }] },
 *   proxy: { image: "example/nginx-windows:1.28", publish: 80 },
 * });
 * export const url = web.url;
 * ```
 */
export class ProxiedScaleSet extends pulumi.ComponentResource {
  /** Where other machines reach the proxy. */
  readonly url: pulumi.Output<string>;
  /** Where the Docker host itself reaches the proxy. */
  readonly localUrl: pulumi.Output<string>;
  /** `host:port` of each replica in rotation. */
  readonly upstreams: pulumi.Output<string[]>;
  /** The proxy. */
  readonly proxy: Proxy;
  /** The service. */
  readonly service: NatService;
  /** The reload that brings changes into the proxy. */
  readonly reload: pulumi.Stash;

  /**
   * @param name the resource's name; also the service's name on the network, unless `service.alias` is given
   * @param args service and proxy
   * @param opts as for every component of Pulumi: `provider` chooses the engine
   * @throws FarmError with every fault of the arguments at once, before anything is created
   */
  constructor(name: string, args: ProxiedScaleSetArgs, opts?: pulumi.ComponentResourceOptions) {
    // Before anything is registered, so that a fault leaves no trace in the state.
    const subject = `ProxiedScaleSet "${name}"`;
    const { service } = fieldsOf(args);
    const target = targetOf(service, subject);
    const issues = proxiedScaleSetIssues(name, args, target);
    const valid = validate(proxiedScaleSetSchema, args, subject, issues);
    const { traits, release, orchestrator } = target;
    const paths = traits.proxy;
    super("webfarm:index:ProxiedScaleSet", name, {}, opts);

    claimProxyPorts(this, subject, valid.proxy);
    warnOfRollout(this, name, valid.service, orchestrator);
    const deployment = identityOf(name, this);
    const transform = labelledBy(deployment, args.service.transform);
    const placement = { platform: traits.name, orchestrator, ...this.overlay(name, valid, target) };
    this.service = new NatService(name, { ...args.service, ...placement, transform }, { parent: this });
    this.proxy = new Proxy(
      `${name}-proxy`,
      {
        args: valid.proxy,
        owner: { stack: stackLabel(), farm: valid.service.farm ?? name, service: "proxy" },
        traits,
        paths,
        release,
        orchestrator,
        deployment,
        stopSeconds: Math.max(valid.proxy.reload.drainSeconds, 10),
        network: this.service.network,
        apps: [
          {
            name: name,
            service: this.service,
            port: proxiedPort(valid.service),
            routes: [everything],
            loadBalancing: valid.proxy.loadBalancing,
            keepAliveConnections: valid.proxy.keepAliveConnections,
          },
        ],
      },
      { parent: this },
    );
    this.url = this.proxy.url;
    this.localUrl = this.proxy.localUrl;
    this.upstreams = this.proxy.upstreams;
    this.reload = this.proxy.reload;
    this.registerOutputs({ url: this.url, localUrl: this.localUrl, upstreams: this.upstreams });
  }

  /** On a swarm service and proxy are judged together, before their network is made; on one host it is the service's. */
  private overlay(name: string, { service, proxy }: ValidProxiedScaleSetArgs, target: Required<Target>) {
    if (target.orchestrator === "host") return {};
    const owner = { stack: stackLabel(), farm: service.farm ?? name, service: name };
    const names = { [service.alias === undefined ? "name" : "service.alias"]: service.alias ?? name };
    const wanted = [wantedService(service, owner, ["service"]), wantedProxy(proxy, owner)];
    return {
      network: networkOf({ name, farm: owner.farm, target, given: service.network, names, wanted }, this),
    };
  }
}
