import type Docker from "dockerode";
import type { Platform } from "../args";
import { labelNames, swarmTaskLabel, type Owner } from "../plan/labels";
import type { FarmIssue } from "../schema/farmError";
import { readCluster, type Cluster } from "../swarm/cluster";
import type { WantedImage, WantedOfCluster, WantedService } from "../swarm/clusterFinding";
import { clusterFaults } from "../swarm/clusterRules";
import { imagePlaces } from "./images";
import { portHolder } from "./ports";
import type { PreflightSwarmArgs } from "./swarmArgs";

/** The parts of a preflight that a swarm is judged by. */
export interface SwarmQuestion extends PreflightSwarmArgs {
  platform: Platform;
  images: Readonly<Record<string, string>>;
  publish: { path: string; port: number };
  /** The farm's proxy: what it holds already is free for it. */
  owner: Owner;
}

/**
 * Asks a swarm's manager whether a farm can be deployed there.
 *
 * @param local whether the manager's host is this one
 */
export async function swarmIssues(
  docker: Docker,
  question: SwarmQuestion,
  local: boolean,
): Promise<FarmIssue[]> {
  const cluster = await readCluster(docker);
  const wanted = await wantedOf(docker, cluster, question);
  const faults = clusterFaults(cluster, wanted);
  return faults.length > 0 ? faults : ownPortIssue(docker, cluster, question, local);
}

async function wantedOf(
  docker: Docker,
  cluster: Cluster,
  { platform, hostRelease, imagesOnNodes = false, images, publish, proxy = {}, owner }: SwarmQuestion,
): Promise<WantedOfCluster> {
  const { replicas, constraints, publishMode = "host" } = proxy;
  const askRegistry = !imagesOnNodes && cluster.nodes.length > 0;
  const found = await Promise.all(
    Object.entries(images).map(async ([path, name]): Promise<WantedImage> => {
      return { path, name, ...(await imagePlaces(docker, name, askRegistry)) };
    }),
  );
  return {
    platform,
    imagesOnNodes,
    ...(hostRelease === undefined ? {} : { hostRelease }),
    services: [
      {
        path: publish.path.replace(/\.\w+$/, ""),
        owner,
        ...(replicas === undefined ? {} : { replicas }),
        ...(constraints === undefined ? {} : { constraints }),
        ports: [{ ...publish, mode: publishMode }],
      },
      ...found.map((image): WantedService => ({ path: image.path, owner, image })),
    ],
  };
}

/** What holds the port on the manager's own host without being a service: only that host can be looked at. */
async function ownPortIssue(
  docker: Docker,
  { node, nodes }: Cluster,
  { platform, publish: { path, port } }: SwarmQuestion,
  local: boolean,
): Promise<FarmIssue[]> {
  const self = nodes.find(({ id }) => id === node);
  if (self?.os !== platform || self.availability !== "active") return [];
  const holder = await portHolder(docker, port, local);
  if (holder === undefined || swarmTaskLabel in holder.labels) return [];
  const { [labelNames.farm]: farm } = holder.labels;
  return [
    {
      path,
      code: "conflict",
      message: `port ${port} of ${self.hostname} is taken by ${holder.name}`,
      hint:
        farm === undefined
          ? "stop it, or choose another port"
          : `it is of the farm ${farm} on this one host: choose another port until that one is destroyed`,
    },
  ];
}
