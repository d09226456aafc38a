import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { farmLabels } from "../plan/labels";
import { nameFaults, type NameHolder } from "../preflight/names";
import { connect } from "../reload/endpoint";
import { endpointOf } from "../reload/engine";
import { FarmError, type FarmIssue } from "../schema/farmError";
import { readCluster, type Cluster } from "../swarm/cluster";
import { clusterFaults } from "../swarm/clusterRules";
import { messageOf } from "../errorText";
import { isMocked } from "./hooks";
import type { NetworkSetting } from "./placement";

/** A component's network, and whose it is. */
interface OverlaySetting extends NetworkSetting {
  /** `project/stack`. */
  stack: string;
}

/**
 * The overlay network of a component: the one named, or a new one that reaches all nodes. It is known only once the
 * swarm can take what is to run there, so that nothing is created when it cannot.
 */
export function overlayOf(setting: OverlaySetting, parent: pulumi.ComponentResource): pulumi.Output<string> {
  const { name, given, stack, farm } = setting;
  // An output comes from a resource or a look-up of the program, or of the farm that has seen to it all.
  if (given !== undefined && typeof given !== "string") return pulumi.output(given);
  const driver = onceFitting("overlay", setting, parent);
  if (given !== undefined) {
    return pulumi.all([driver, existingOverlay(given, setting, parent)]).apply(([, network]) => network);
  }
  return new docker.Network(
    // Not the name that it has on one host: a farm that moves needs both for a while.
    `${name}-overlay`,
    // Attachable, so that a console can be run in it from any node.
    { driver, attachable: true, labels: farmLabels({ stack, farm }) },
    { parent },
  ).name;
}

/**
 * The id of a network, which services want: by its name a service would be a difference in every preview.
 */
export function networkId(
  network: pulumi.Output<string>,
  parent: pulumi.ComponentResource,
): pulumi.Output<string> {
  return docker.getNetworkOutput({ name: network }, { parent }).id;
}

function existingOverlay(
  network: string,
  { stack, farm, names }: OverlaySetting,
  parent: pulumi.ComponentResource,
): pulumi.Output<string> {
  const found = docker.getNetwork({ name: network }, { parent }).then(
    ({ driver, id }) => {
      if (driver === "overlay" || isMocked()) return id;
      throw networkError(
        "conflict",
        `"${network}" is a ${driver} network, which ends at its own host`,
        network,
      );
    },
    (error: unknown) => {
      throw networkError("notFound", `"${network}" is not to be had: ${messageOf(error)}`, network);
    },
  );
  const free = pulumi.all([found, endpointOf(parent)]).apply(async ([id, endpoint]) => {
    if (isMocked()) return network;
    const holders = await connect(endpoint)
      .then((engine) => engine.listServices())
      .then((services) => holdersOn(id, services as unknown as NamedService[]));
    const issues = nameFaults(holders, { stack, farm, names, network });
    if (issues.length > 0) throw new FarmError(`network "${network}"`, issues);
    return network;
  });
  return pulumi.unsecret(free);
}

function networkError(code: FarmIssue["code"], message: string, network: string): FarmError {
  const hint = `make it (docker network create -d overlay --attachable ${network}), or leave network out`;
  return new FarmError("network", [{ path: "network", code, message, hint }]);
}

/** The parts of a service that tell its names on networks. */
interface NamedService {
  Spec: {
    Name: string;
    Labels?: Record<string, string> | null;
    TaskTemplate: { Networks?: { Target: string; Aliases?: string[] | null }[] | null };
  };
}

/** The services on a network, and the names by which the engine's DNS knows each there. Pure. */
function holdersOn(network: string, services: readonly NamedService[]): NameHolder[] {
  return services.flatMap(({ Spec: { Name, Labels, TaskTemplate } }) => {
    const on = (TaskTemplate.Networks ?? []).find(({ Target }) => Target === network);
    if (on === undefined) return [];
    return [{ container: Name, kind: "service", labels: Labels ?? {}, names: [Name, ...(on.Aliases ?? [])] }];
  });
}

/** The swarm as it was when the program first asked, for each deployment and engine: one look is enough for all. */
const looks = new WeakMap<object, Map<string, Promise<Cluster>>>();

/** The swarm that a component is for. */
export function clusterOf(parent: pulumi.ComponentResource): pulumi.Output<Cluster> {
  const deployment = pulumi.runtime.getMonitor();
  if (deployment === undefined) throw new Error("there is no deployment");
  const cluster = endpointOf(parent).apply((endpoint) => {
    const seen = looks.get(deployment) ?? new Map<string, Promise<Cluster>>();
    looks.set(deployment, seen);
    const key = JSON.stringify(endpoint);
    const look = seen.get(key) ?? connect(endpoint).then(readCluster);
    seen.set(key, look);
    return look;
  });
  // The endpoint may hold a secret certificate; the swarm is none.
  return pulumi.unsecret(cluster);
}

/** A value, once the swarm can take what a component wants of it. */
function onceFitting(
  value: string,
  { name, target, wanted }: OverlaySetting,
  parent: pulumi.ComponentResource,
): pulumi.Output<string> {
  if (isMocked()) return pulumi.output(value);
  return clusterOf(parent).apply((cluster) => {
    const issues = clusterFaults(cluster, {
      ...{ platform: target.traits.name, hostRelease: target.release, services: wanted },
    });
    if (issues.length > 0) throw new FarmError(`"${name}" on this swarm`, issues);
    return value;
  });
}
