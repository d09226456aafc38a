import type Docker from "dockerode";
import type { HostRelease, Platform } from "../../sdk/args";
import { labelNames } from "../../sdk/plan/labels";
import { imageTags } from "../../sdk/platform/releases";
import { imagePlaces } from "../../sdk/preflight/images";
import { readCluster, type Cluster } from "../../sdk/swarm/cluster";
import type { WantedOfCluster, WantedService } from "../../sdk/swarm/clusterFinding";
import { clusterFindings } from "../../sdk/swarm/clusterRules";
import { farmServices } from "../engine/farmTasks";
import type { SwarmFacts } from "./checks";

/** What a farm is to ask of a swarm, as far as options and configuration tell. */
export interface SwarmQuestion {
  /** Who is to run the farm, when anybody said so. */
  orchestrator?: string;
  platform: Platform;
  hostRelease?: string;
  imagesOnNodes: boolean;
  ports: readonly number[];
  images: readonly string[];
}

/** Looks at the engine's swarm; undefined when it is in none and none is asked for. */
export async function swarmFacts(docker: Docker, question: SwarmQuestion): Promise<SwarmFacts | undefined> {
  const cluster = await readCluster(docker);
  const asked = question.orchestrator === "swarm" || farmServices(cluster).length > 0;
  if (!asked && cluster.state === "inactive") return undefined;
  const wanted = asked
    ? await wantedOf(docker, cluster, question)
    : { platform: question.platform, services: [] };
  const findings = clusterFindings(withoutFarms(cluster), wanted);
  return { asked, findings: asked ? findings : findings.filter(({ rule }) => rule !== "platform") };
}

/** A port that a farm has is no other's: which farm is meant, the doctor does not know. */
function withoutFarms(cluster: Cluster): Cluster {
  const services = cluster.services.filter(({ labels }) => labels[labelNames.farm] === undefined);
  return { ...cluster, services };
}

async function wantedOf(
  docker: Docker,
  cluster: Cluster,
  { platform, hostRelease, imagesOnNodes, ports, images }: SwarmQuestion,
): Promise<WantedOfCluster> {
  const owner = { stack: "", farm: "", service: "" };
  const placed = await Promise.all(
    images.map(async (name): Promise<WantedService> => {
      const places = await imagePlaces(docker, name, !imagesOnNodes && cluster.nodes.length > 0);
      return { path: name, owner, image: { path: name, name, ...places } };
    }),
  );
  return {
    platform,
    ...(isRelease(hostRelease) ? { hostRelease } : {}),
    imagesOnNodes,
    services: [
      { path: "proxy", owner, ports: ports.map((port) => ({ path: "publish", port, mode: "host" })) },
      ...placed,
    ],
  };
}

const isRelease = (text: string | undefined): text is HostRelease => text !== undefined && text in imageTags;
