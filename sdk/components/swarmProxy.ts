import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { configurationLabel } from "../plan/labels";
import { hostAddress, webUrl } from "../plan/urls";
import { publishedPorts } from "../proxy/ports";
import { swarmStart, swarmSysctls } from "../proxy/swarmStart";
import { endpointOf } from "../reload/engine";
import { containerFindings } from "../schema/containerRules";
import { FarmError } from "../schema/farmError";
import { toIssues } from "../schema/platformRules";
import { isPinned } from "../swarm/pinnedImage";
import { proxyAddress } from "../swarm/proxyAddress";
import { swarmServiceArgs, type SwarmPort } from "../swarm/serviceArgs";
import { proxyChange } from "../swarm/serviceChange";
import { taskTemplate } from "../swarm/taskSpec";
import { after } from "./after";
import { isMocked } from "./hooks";
import { labelledBy } from "./identity";
import { proxyContainerArgs } from "./proxyContainer";
import { configurationOf, known, upstreamsOf, type ProxyOutputs, type ProxySetting } from "./proxyInputs";
import { look, pinnedBySwarm, runningService, runningTasks } from "./servicePreview";
import { swarmFiles } from "./swarmFiles";
import { clusterOf, networkId } from "./swarmNetwork";
import { taskGate } from "./taskGate";

/**
 * The proxies on a swarm: one service, on each node a proxy or a given number of them. nginx.conf names each app by
 * the one name that its tasks share; the start script in the proxy watches who is behind it. So only another
 * nginx.conf, certificate or image replaces proxies, and scaling an app touches none.
 */
export function swarmProxy(
  name: string,
  setting: ProxySetting,
  parent: pulumi.ComponentResource,
): ProxyOutputs {
  const { args, owner, traits, apps, stopSeconds } = setting;
  const configuration = configurationOf(setting, parent);
  const network = pulumi.output(setting.network);
  const ports = portsOf(setting);
  // With the routing mesh two proxies can be on a node, and the new one is there before the old one goes.
  const rollout = args.publishMode === "ingress" ? "startFirst" : "stopFirst";
  const configured = pulumi.unsecret(configuration.apply(({ digest }) => digest));
  const container = containerOf(name, setting, configured);
  const { args: serviceArgs, spec } = swarmServiceArgs({
    task: taskTemplate(container),
    labels: container.labels,
    platform: traits.name,
    constraints: args.constraints,
    network: { id: networkId(network, parent), name: network, alias: owner.service },
    files: swarmFiles(name, setting, configuration, parent),
    ...(args.replicas === undefined ? {} : { replicas: args.replicas }),
    ...{ rollout, ports, publishMode: args.publishMode },
    checked: true,
    ...pinnedBySwarm(owner, parent),
  });
  const service = new docker.Service(name, serviceArgs, {
    parent,
    // Engines do not let a service change between a number of tasks and one on each node.
    replaceOnChanges: ["mode.global"],
    // A replacement would find its own port taken.
    deleteBeforeReplace: true,
    // Not before the apps serve: a roll that fails must leave the proxies alone.
    dependsOn: apps.map(({ service }) => service),
  });
  look(spec, parent, async (engine, digest) => {
    const running = await runningService(engine, owner);
    return proxyChange({
      running: running === undefined ? undefined : await runningTasks(engine, running.id),
      recreated: running !== undefined && running.isGlobal !== (args.replicas === undefined),
      replaced: running?.spec !== digest,
      reasons: running === undefined ? [] : reasonsOf(running, container, await known(configured)),
      ...{ rollout, stopSeconds },
    });
  });
  const gate = taskGate(
    name,
    {
      ...{ name: owner.service, spec, service },
      ...(args.replicas === undefined ? {} : { replicas: args.replicas }),
      stepSeconds: startSeconds + stopSeconds,
      failureLimit: 3,
      placementSeconds: stopSeconds + 10,
      secrets: [container.envs, container.command, container.entrypoints],
    },
    parent,
  );
  const serving = after(gate, urlsOf(setting, parent));
  return {
    url: serving.url,
    localUrl: serving.localUrl,
    upstreams: after(
      gate,
      upstreamsOf(setting).apply((upstreams) => Object.values(upstreams).flat()),
    ),
    nginxConf: configuration.apply(({ text }) => text),
    containerName: service.name,
    reload: gate,
  };
}

/** A proxy has nothing to wait for: it starts with the apps that it finds. */
const startSeconds = 120;

function containerOf(
  name: string,
  setting: ProxySetting,
  digest: pulumi.Output<string>,
): docker.ContainerArgs {
  const { args, deployment, traits, release, orchestrator } = setting;
  const { path, interpreter } = swarmStart[traits.name];
  const standard = proxyContainerArgs(setting, args.image ?? "", [...interpreter, path]);
  const labels = [
    ...(standard.labels as docker.types.input.ContainerLabel[]),
    { label: configurationLabel, value: digest },
  ];
  const made = { ...standard, labels, ...(traits.name === "linux" && { sysctls: swarmSysctls }) };
  const container = labelledBy(deployment, args.transform)(made, name);
  const hostPorts = publishedPorts(args).flatMap(({ external }) => external ?? []);
  const target = { traits, release, orchestrator };
  const findings =
    args.transform === undefined ? [] : containerFindings(container, { target, hostPorts, fixedName: false });
  if (findings.length > 0) {
    throw new FarmError(`proxy "${name}"`, toIssues(findings, ["proxy", "transform"]));
  }
  return container;
}

/** The rules have seen to it that each has a number. */
function portsOf({ args }: ProxySetting): SwarmPort[] {
  return publishedPorts(args).flatMap(({ internal, external }) =>
    external === undefined ? [] : [{ container: internal, host: external, protocol: "tcp" as const }],
  );
}

function reasonsOf(
  running: { image: string; labels: Readonly<Record<string, string>> },
  { image }: docker.ContainerArgs,
  configuration: string,
): string[] {
  const isOther = typeof image === "string" && image !== running.image && !isPinned(running.image, image);
  const reasons = [
    ...(isOther ? [`image ${running.image} -> ${image}`] : []),
    ...(running.labels[configurationLabel] === configuration ? [] : ["nginx.conf"]),
  ];
  return reasons.length > 0 ? reasons : ["other settings"];
}

/** The node that answers first in the order of the nodes' names; `localhost` is each node that runs a proxy. */
function urlsOf(setting: ProxySetting, parent: pulumi.ComponentResource) {
  const { args, traits, release } = setting;
  const secure = args.tls !== undefined;
  const port = args.publish ?? 0;
  const node = isMocked()
    ? pulumi.output(undefined)
    : clusterOf(parent).apply((cluster) => proxyAddress(cluster, traits.name, args));
  return pulumi.all([node, endpointOf(parent)]).apply(([address, { host }]) => {
    const url = webUrl(secure, args.serverName ?? address ?? hostAddress(host), port);
    // A Windows Server 2016 does not reach its own published ports; other nodes do.
    return { url, localUrl: traits.loopsBack(release) ? webUrl(secure, "localhost", port) : url };
  });
}
