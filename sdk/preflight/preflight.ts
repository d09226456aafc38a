import type Docker from "dockerode";
import type { Orchestrator, Platform } from "../args";
import { stackLabel } from "../components/placement";
import { labelNames, swarmTaskLabel } from "../plan/labels";
import { remoteHost } from "../plan/urls";
import { bounded } from "./bounded";
import { nameFaults, nameHolders } from "./names";
import { portHolder } from "./ports";
import { connect } from "../reload/endpoint";
import type { EngineEndpoint } from "../reload/engineEndpoint";
import { FarmError, type FarmIssue } from "../schema/farmError";
import { engineWords, imagePlaces } from "./images";
import { swarmIssues } from "./swarm";
import type { PreflightSwarmArgs } from "./swarmArgs";

/** What a farm is going to ask of its engine. */
export interface PreflightArgs {
  /** Name of the farm; a port that this stack's own farm of that name holds is free for it. */
  farm: string;
  /** What the engine must run. */
  platform: Platform;
  /** Images by the argument that names them, such as `{ "proxy.image": "nginx:1.28" }`. */
  images: Record<string, string>;
  /** The published port. */
  publish: {
    /** The argument that gives it, such as `proxy.publish`. */
    path: string;
    /** The port of the host. */
    port: number;
    /** How to choose another one. @default "choose another port" */
    hint?: string;
  };
  /**
   * The network that the farm shares with others, and its apps' names there by the arguments that give them,
   * such as `{ name: "nat", aliases: { "apps.webapp": "webapp" } }`. @default not looked at
   */
  network?: {
    /** Its name on the engine. */
    name: string;
    /** The apps' names on it, by the argument that gives each. */
    aliases: Record<string, string>;
  };
  /** Who runs the containers. @default "host" */
  orchestrator?: Orchestrator;
  /** What only a swarm has to know; no more than a default with `orchestrator: "swarm"`. @default none of it */
  swarm?: PreflightSwarmArgs;
  /** @default DOCKER_HOST, else the default socket or pipe */
  engine?: EngineEndpoint;
}

/**
 * Asks the engine whether a farm can be deployed: is it there, does it run the farm's platform, are the
 * images to be had, is the published port free. `await` it before the farm and a preview shows it all.
 *
 * @throws FarmError with every fault at once
 * @example
 * ```ts
 * await preflight({
 *   farm: "shop",
 *   platform: "windows",
 *   images: { "apps.webapp.image": "andrew0928/mvcdemo:1.0" },
 *   publish: { path: "proxy.publish", port: 80 },
 * });
 * ```
 */
export async function preflight(args: PreflightArgs): Promise<void> {
  const issues = await preflightIssues(args);
  if (issues.length > 0) throw new FarmError(`farm "${args.farm}"`, issues);
}

async function preflightIssues(args: PreflightArgs): Promise<FarmIssue[]> {
  const { engine = {}, network } = args;
  const docker = await connect(engine);
  const place = engine.host ?? process.env.DOCKER_HOST ?? "the default socket";
  const os = await engineOs(docker, place);
  if (typeof os !== "string") return [os];
  const local = remoteHost(place) === undefined;
  // A swarm's manager may be another system than the nodes that run the farm.
  if (args.orchestrator === "swarm") {
    const owner = { stack: stackLabel(), farm: args.farm, service: "proxy" };
    return swarmIssues(docker, { ...args, ...args.swarm, owner }, local);
  }
  if (os !== args.platform) {
    return [
      {
        path: "platform",
        code: "conflict",
        message: `"${args.platform}" does not fit the engine at ${place}, which runs ${os} containers`,
        hint: `set the platform to ${os}, or point DOCKER_HOST at an engine that runs ${args.platform} containers`,
      },
    ];
  }
  const found = await Promise.all([
    ...Object.entries(args.images).map(([path, image]) => imageIssue(docker, path, image)),
    portIssue(docker, args, local),
    network === undefined ? [] : nameIssues(docker, args.farm, network),
  ]);
  return found.flat().filter((issue) => issue !== undefined);
}

async function engineOs(docker: Docker, place: string): Promise<string | FarmIssue> {
  try {
    const info = (await bounded(docker.info(), 15)) as { OSType: string };
    return info.OSType;
  } catch (error) {
    return {
      path: "",
      code: "unreachable",
      message: `no Docker engine answers at ${place}: ${engineWords(error)}`,
      hint: "start the engine, or set DOCKER_HOST to one that runs",
    };
  }
}

async function nameIssues(
  docker: Docker,
  farm: string,
  { name, aliases }: NonNullable<PreflightArgs["network"]>,
): Promise<FarmIssue[]> {
  const stack = stackLabel();
  return nameFaults(await nameHolders(docker, name, stack), { stack, farm, network: name, names: aliases });
}

/** An image is there, or its registry knows it. */
async function imageIssue(docker: Docker, path: string, image: string): Promise<FarmIssue | undefined> {
  const { onEngine, onRegistry, refusal } = await imagePlaces(docker, image, false);
  if (onEngine || onRegistry) return undefined;
  return {
    path,
    code: "notFound",
    message: `"${image}" is not on the engine, and its registry gives none: ${refusal ?? ""}`,
    hint: "check the name and tag, pull or build the image on the engine, or log in to its registry",
  };
}

async function portIssue(
  docker: Docker,
  args: PreflightArgs,
  local: boolean,
): Promise<FarmIssue | undefined> {
  const { path, port, hint = "choose another port" } = args.publish;
  const holder = await portHolder(docker, port, local);
  const labels = holder?.labels ?? {};
  const { [labelNames.stack]: stack, [labelNames.farm]: farm } = labels;
  // A swarm's proxy of the same farm goes only after the one of this host has come.
  const own = stack === stackLabel() && farm === args.farm && !(swarmTaskLabel in labels);
  if (holder === undefined || own) return undefined;
  return {
    path,
    code: "conflict",
    message: `port ${port} is taken by ${holder.name}`,
    hint: `stop it, or ${hint}`,
  };
}
