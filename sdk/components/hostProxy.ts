import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { hostAddress, webUrl } from "../plan/urls";
import { planImage } from "../proxy/image";
import type { Configuration } from "../proxy/nginxConfiguration";
import { proxyPort, tlsPort } from "../proxy/ports";
import { proxyFiles } from "../proxy/proxyFiles";
import { endpointOf, engineOf } from "../reload/engine";
import { idsInState } from "../reload/pulumiState";
import { reloadProxy } from "../reload/reload";
import { reloadInputOf, type ReloadInput } from "../reload/reloadInput";
import { sweep } from "../reload/sweep";
import { sweepNetworks } from "../reload/sweepNetworks";
import { after } from "./after";
import { beforeCreation, beforeEachChange } from "./hooks";
import { labelledBy } from "./identity";
import { proxyContainerArgs } from "./proxyContainer";
import { configurationOf, known, upstreamsOf, type ProxyOutputs, type ProxySetting } from "./proxyInputs";
import { announce, putRight } from "./proxyWatch";

/** The proxy on one host: its container, and the reload that brings every change into the running nginx. */
export function hostProxy(
  name: string,
  setting: ProxySetting,
  parent: pulumi.ComponentResource,
): ProxyOutputs {
  const container = containerOf(name, setting, parent);
  const configuration = configurationOf(setting, parent);
  const watched = {
    engine: engineOf(parent),
    setting,
    configuration,
    container,
    log: (line: string) => void pulumi.log.info(line, parent),
    warn: (line: string) => void pulumi.log.warn(line, parent),
  };
  announce(watched);
  const reload = reloadOf(name, setting, container, configuration, parent);
  const serving = after(
    reload,
    pulumi
      .all([container.ports, container.networkDatas, endpointOf(parent), putRight(watched, reload)])
      .apply(([ports, networks, endpoint]) => urlsOf(setting, { ports, networks, host: endpoint.host })),
  );
  return {
    url: serving.url,
    localUrl: serving.localUrl,
    upstreams: after(
      reload,
      upstreamsOf(setting).apply((upstreams) => Object.values(upstreams).flat()),
    ),
    nginxConf: configuration.apply(({ text }) => text),
    containerName: container.name,
    reload,
  };
}

/** The image given, or one that is built here; its content's id, so that a new build makes a new container. */
function imageOf(
  name: string,
  { args, traits, release }: ProxySetting,
  parent: pulumi.ComponentResource,
): pulumi.Input<string> {
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
    { parent },
  );
  return image.repoDigest;
}

function containerOf(name: string, setting: ProxySetting, parent: pulumi.ComponentResource) {
  const { args, owner, deployment, traits, paths, apps } = setting;
  const containerArgs: docker.ContainerArgs = {
    ...proxyContainerArgs(setting, imageOf(name, setting, parent), [...paths.interpreter, paths.startScript]),
    // Copied in between create and start, which works on every engine.
    uploads: proxyFiles(paths),
  };
  return new docker.Container(name, labelledBy(deployment, args.transform)(containerArgs, name), {
    parent,
    // A published port cannot be held twice, so the plugin's delete-before-replace stands here.
    replaceOnChanges: [...traits.replaceOnChanges],
    // A new version of the library does not replace the proxy: the reload brings its own script along.
    ignoreChanges: ["uploads"],
    // Not before the replicas serve: a roll that fails must leave the proxy alone.
    dependsOn: apps.map(({ service }) => service),
    // One that an interrupted up left behind would hold the published port.
    hooks: beforeCreation(() => sweepOf(setting, owner.service, [], parent)),
  });
}

/**
 * The reload: a Stash whose input changes with the proxy, its configuration and its upstreams, and whose
 * hooks run after all replicas are healthy and before anything is deleted. A failed hook leaves the old
 * input in the state, so the next `up` tries again; an after hook would never be retried.
 */
function reloadOf(
  name: string,
  setting: ProxySetting,
  container: docker.Container,
  configuration: pulumi.Output<Configuration>,
  parent: pulumi.ComponentResource,
): pulumi.Stash {
  const { args, paths, apps } = setting;
  const engine = engineOf(parent);
  const run = async (hook: pulumi.ResourceHookArgs) => {
    const input = (hook.newInputs as { input: ReloadInput }).input;
    const before = reloadInputOf((hook.oldInputs as { input: unknown } | undefined)?.input);
    await reloadProxy(await engine(), input, before, await known(configuration), {
      limits: args.reload,
      paths,
      log: (line) => void pulumi.log.info(line, parent),
    });
    for (const { name: app, service } of apps) {
      const outgoing = (before?.upstreams[app] ?? []).map((upstream) => upstream.replace(/:\d+$/, ""));
      await sweepOf(setting, app, [...(await known(service.containerNames)), ...outgoing], parent);
    }
    // Where networks are the platform's own, none is ours to remove.
    if (setting.traits.externalNetwork === undefined) await sweepNetworksOf(setting, parent);
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
      parent,
      dependsOn: [...apps.map(({ service }) => service), container],
      hooks: beforeEachChange(run),
    },
  );
}

/** Removes the networks that an interrupted `up` left of this farm. */
async function sweepNetworksOf({ owner, network }: ProxySetting, parent: pulumi.ComponentResource) {
  await sweepNetworks(await engineOf(parent)(), owner, {
    current: await known(pulumi.output(network)),
    inState: idsInState,
    log: (line) => void pulumi.log.info(line, parent),
  });
}

/** Removes what an interrupted `up` left of a service; `listed` are the containers that it has. */
async function sweepOf(
  { owner, deployment }: ProxySetting,
  service: string,
  listed: string[],
  parent: pulumi.ComponentResource,
) {
  const scope = { ...owner, service, deployment: await known(deployment) };
  await sweep(await engineOf(parent)(), scope, {
    listed,
    inState: idsInState,
    log: (line) => void pulumi.log.info(line, parent),
  });
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
