import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { containerLabels } from "../plan/labels";
import { hostAddress, webUrl } from "../plan/urls";
import { planImage } from "../proxy/image";
import type { Configuration } from "../proxy/nginxConfiguration";
import { proxyPort, publishedPorts, tlsPort } from "../proxy/ports";
import { proxyFiles } from "../proxy/proxyFiles";
import { endpointOf, engineOf } from "../reload/engine";
import { idsInState } from "../reload/pulumiState";
import { reloadProxy } from "../reload/reload";
import { reloadInputOf, type ReloadInput } from "../reload/reloadInput";
import { sweep } from "../reload/sweep";
import { sweepNetworks } from "../reload/sweepNetworks";
import { after } from "./after";
import { healthcheckArgs } from "./containerArgs";
import { beforeCreation, beforeEachChange } from "./hooks";
import { labelledBy } from "./identity";
import { configurationOf, known, upstreamsOf, type ProxySetting } from "./proxyInputs";
import { announce, putRight } from "./proxyWatch";

/**
 * The nginx proxy of a scale set or farm: its container, and the reload that brings every change of
 * configuration or upstreams into the running nginx. Only a new image or published port replaces it. A program
 * does not make one itself: it is `ProxiedScaleSet.proxy` and `WindowsWebFarm.proxy`.
 */
export class Proxy extends pulumi.ComponentResource {
  /** Where other machines reach the proxy. */
  readonly url: pulumi.Output<string>;
  /** Where the Docker host itself reaches the proxy. */
  readonly localUrl: pulumi.Output<string>;
  /** `host:port` of each replica in rotation; resolves after the reload. */
  readonly upstreams: pulumi.Output<string[]>;
  /** Text of the nginx.conf that the reload brings; secret where a part of it is. */
  readonly nginxConf: pulumi.Output<string>;
  /** Name of the proxy's container. */
  readonly containerName: pulumi.Output<string>;
  /** The reload: a row in every preview that changes what the proxy does. */
  readonly reload: pulumi.Stash;

  /** @internal Scale sets and farms make their proxy. */
  constructor(name: string, setting: ProxySetting, opts?: pulumi.ComponentResourceOptions) {
    super("webfarm:index:Proxy", name, {}, opts);
    const container = this.container(name, setting);
    const configuration = configurationOf(setting, this);
    const watched = {
      engine: engineOf(this),
      setting,
      configuration,
      container,
      log: (line: string) => void pulumi.log.info(line, this),
      warn: (line: string) => void pulumi.log.warn(line, this),
    };
    announce(watched);
    this.reload = this.reloadOf(name, setting, container, configuration);
    const serving = after(
      this.reload,
      pulumi
        .all([container.ports, container.networkDatas, endpointOf(this), putRight(watched, this.reload)])
        .apply(([ports, networks, endpoint]) => urlsOf(setting, { ports, networks, host: endpoint.host })),
    );
    this.url = serving.url;
    this.localUrl = serving.localUrl;
    this.upstreams = after(
      this.reload,
      upstreamsOf(setting).apply((upstreams) => Object.values(upstreams).flat()),
    );
    this.nginxConf = configuration.apply(({ text }) => text);
    this.containerName = container.name;
    this.registerOutputs({ url: this.url, localUrl: this.localUrl, upstreams: this.upstreams });
  }

  /** The image given, or one that is built here; its content's id, so that a new build makes a new container. */
  private imageOf(name: string, { args, traits, release }: ProxySetting): pulumi.Input<string> {
    if (args.image !== undefined) return args.image;
    const plan = planImage(args.build ?? {}, traits.name, release);
    const image = new docker.Image(
      `${name}-image`,
      {
        imageName: `webfarm/${name}:${release}`,
        skipPush: true,
        // Windows engines have no other builder.
        build: { ...plan, builderVersion: "BuilderV1" },
      },
      { parent: this },
    );
    return image.repoDigest;
  }

  private container(name: string, setting: ProxySetting) {
    const { args, owner, deployment, traits, paths, release, network, apps, stopSeconds } = setting;
    const { startScript, interpreter, stopSignal } = paths;
    const times = traits.checkTimes;
    const tests = traits.probe({ kind: "http", port: proxyPort, path: "/_webfarm/health" }, release);
    const containerArgs: docker.ContainerArgs = {
      image: this.imageOf(name, setting),
      networkMode: network,
      hostname: owner.service,
      entrypoints: [...interpreter, startScript],
      // Copied in between create and start, which works on every engine.
      uploads: proxyFiles(paths),
      ports: publishedPorts(args),
      // An engine on Linux that was killed forgets at its next start that an `unless-stopped` container ran.
      restart: "always",
      healthcheck: healthcheckArgs({ tests, ...times, retries: 3 }),
      labels: containerLabels(owner, owner.service, "1"),
      destroyGraceSeconds: stopSeconds,
      stopSignal,
    };
    return new docker.Container(name, labelledBy(deployment, args.transform)(containerArgs, name), {
      parent: this,
      // A published port cannot be held twice, so the plugin's delete-before-replace stands here.
      replaceOnChanges: [...traits.replaceOnChanges],
      // A new version of the library does not replace the proxy: the reload brings its own script along.
      ignoreChanges: ["uploads"],
      // Not before the replicas serve: a roll that fails must leave the proxy alone.
      dependsOn: apps.map(({ service }) => service),
      // One that an interrupted up left behind would hold the published port.
      hooks: beforeCreation(() => this.sweep(setting, owner.service, [])),
    });
  }

  /**
   * The reload: a Stash whose input changes with the proxy, its configuration and its upstreams, and whose
   * hooks run after all replicas are healthy and before anything is deleted. A failed hook leaves the old
   * input in the state, so the next `up` tries again; an after hook would never be retried.
   */
  private reloadOf(
    name: string,
    setting: ProxySetting,
    container: docker.Container,
    configuration: pulumi.Output<Configuration>,
  ): pulumi.Stash {
    const { args, paths, apps } = setting;
    const engine = engineOf(this);
    const run = async (hook: pulumi.ResourceHookArgs) => {
      const input = (hook.newInputs as { input: ReloadInput }).input;
      const before = reloadInputOf((hook.oldInputs as { input: unknown } | undefined)?.input);
      await reloadProxy(await engine(), input, before, await known(configuration), {
        limits: args.reload,
        paths,
        log: (line) => void pulumi.log.info(line, this),
      });
      for (const { name: app, service } of apps) {
        const outgoing = (before?.upstreams[app] ?? []).map((upstream) => upstream.replace(/:\d+$/, ""));
        await this.sweep(setting, app, [...(await known(service.containerNames)), ...outgoing]);
      }
      // Where networks are the platform's own, none is ours to remove.
      if (setting.traits.externalNetwork === undefined) await this.sweepNetworks(setting);
    };
    const input: pulumi.Output<ReloadInput> = pulumi
      .all([
        container.name,
        // The digest tells nothing of the certificate's key.
        pulumi.unsecret(configuration.apply(({ digest }) => digest)),
        upstreamsOf(setting),
      ])
      .apply(([proxy, configuration, upstreams]) => ({ proxy, configuration, upstreams }));
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

  /** Removes the networks that an interrupted `up` left of this farm. */
  private async sweepNetworks({ owner, network }: ProxySetting) {
    await sweepNetworks(await engineOf(this)(), owner, {
      current: await known(pulumi.output(network)),
      inState: idsInState,
      log: (line) => void pulumi.log.info(line, this),
    });
  }

  /** Removes what an interrupted `up` left of a service; `listed` are the containers that it has. */
  private async sweep({ owner, deployment }: ProxySetting, service: string, listed: string[]) {
    const scope = { ...owner, service, deployment: await known(deployment) };
    await sweep(await engineOf(this)(), scope, {
      listed,
      inState: idsInState,
      log: (line) => void pulumi.log.info(line, this),
    });
  }
}

interface Published {
  ports: { internal: number; external?: number }[] | undefined;
  networks: { ipAddress?: string }[];
  host: string | undefined;
}

function urlsOf({ args, traits, release }: ProxySetting, { ports, networks, host }: Published) {
  const secure = args.tls !== undefined;
  const inside = secure ? tlsPort : proxyPort;
  const published = ports?.find(({ internal }) => internal === inside)?.external ?? 0;
  return {
    url: webUrl(secure, args.serverName ?? hostAddress(host), published),
    localUrl: traits.loopsBack(release)
      ? webUrl(secure, "localhost", published)
      : webUrl(secure, networks[0]?.ipAddress ?? "", inside),
  };
}
