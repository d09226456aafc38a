import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { farmLabels } from "../plan/labels";
import { traitsOf, type PlatformTraits } from "../platform/platform";
import { defaultRelease } from "../platform/releases";
import { FarmError } from "../schema/farmError";
import {
  hostRelease as hostReleaseSchema,
  orchestrator as orchestratorSchema,
  platform as platformSchema,
} from "../schema/fields";
import { fieldsOf, type Target } from "../schema/platformRules";
import { nameFaults, nameHolders } from "../preflight/names";
import { connect } from "../reload/endpoint";
import { endpointOf } from "../reload/engine";
import type { WantedService } from "../swarm/clusterFinding";
import { isMocked } from "./hooks";
import { overlayOf } from "./swarmNetwork";
import { messageOf } from "../errorText";

/** What a component's argument says, else config `webfarm:NAME`, else the default. */
function settingOf<T extends string>(
  name: string,
  schema: z.ZodEnum<Record<T, T>>,
  given: unknown,
  standard: T,
  subject: string,
): T {
  // An argument that is at fault itself counts as not given: the schema names it.
  const own = schema.safeParse(given);
  if (own.success) return own.data;
  const configured = new pulumi.Config("webfarm").get(name) ?? standard;
  const result = schema.safeParse(configured);
  if (result.success) return result.data;
  throw new FarmError(subject, [
    {
      path: `config webfarm:${name}`,
      code: "notAllowed",
      message: `"${configured}" is not allowed; allowed: ${schema.options.map((option) => `"${option}"`).join(", ")}`,
      hint: `pulumi config set webfarm:${name} ${standard}`,
    },
  ]);
}

/** The engine that a component's arguments are meant for. */
export function targetOf(args: unknown, subject: string): Required<Target> {
  const { platform, orchestrator, hostRelease } = fieldsOf(args);
  const release = hostReleaseSchema.safeParse(hostRelease);
  return {
    traits: traitsOf(settingOf("platform", platformSchema, platform, "windows", subject)),
    orchestrator: settingOf("orchestrator", orchestratorSchema, orchestrator, "host", subject),
    release: release.success ? release.data : defaultRelease,
  };
}

/** `project/stack`: whose containers these are, on an engine that many stacks may use. */
export function stackLabel(): string {
  return `${pulumi.getProject()}/${pulumi.getStack()}`;
}

/** What a component's network is for. */
export interface NetworkSetting {
  /** The component's name. */
  name: string;
  farm: string;
  target: Target;
  given: pulumi.Input<string> | undefined;
  /** What its containers are called there, by the argument that gives each name. */
  names: Readonly<Record<string, string>>;
  /** What it is going to run, for a swarm to be judged by. */
  wanted: readonly WantedService[];
}

/** The network of a component: the one named, the platform's own, or a new one. */
export function networkOf(setting: NetworkSetting, parent: pulumi.ComponentResource): pulumi.Output<string> {
  const { name, given, farm, target, names } = setting;
  if (target.orchestrator === "swarm") return overlayOf({ ...setting, stack: stackLabel() }, parent);
  const { traits } = target;
  const existing = given ?? traits.externalNetwork;
  // An output comes from a resource or a look-up of the program, which sees to it itself.
  if (typeof existing === "string") {
    const found = existingNetwork(existing, traits, parent);
    return namesFree(found, { farm, names }, parent);
  }
  if (existing !== undefined) return pulumi.output(existing);
  return new docker.Network(
    `${name}-network`,
    { labels: farmLabels({ stack: stackLabel(), farm }) },
    { parent },
  ).name;
}

/**
 * A network that must be there. A missing one is told in a preview; the docker plugin would create the
 * containers first and fail at their start.
 */
function existingNetwork(
  name: string,
  traits: PlatformTraits,
  parent: pulumi.ComponentResource,
): pulumi.Output<string> {
  const found = docker.getNetwork({ name }, { parent }).then(
    () => name,
    (error: unknown) => {
      throw new FarmError("network", [
        {
          path: "network",
          code: "notFound",
          message: `"${name}" is not to be had on the engine: ${messageOf(error)}`,
          hint: networkAdvice(name, traits),
        },
      ]);
    },
  );
  return pulumi.output(found);
}

/**
 * The network, once it is known that no other stack's container there has one of the names. The engine's DNS
 * would mix the two without a word: on Windows all farms of a host are on `nat`.
 */
function namesFree(
  network: pulumi.Output<string>,
  { farm, names }: { farm: string; names: Readonly<Record<string, string>> },
  parent: pulumi.ComponentResource,
): pulumi.Output<string> {
  if (isMocked()) return network;
  const stack = stackLabel();
  const free = pulumi.all([network, endpointOf(parent)]).apply(async ([name, endpoint]) => {
    const issues = await connect(endpoint)
      .then((engine) => nameHolders(engine, name, stack))
      .then((holders) => nameFaults(holders, { stack, farm, network: name, names }))
      .catch((error: unknown) => {
        // The health gate needs the engine too, and says more about one that does not answer.
        void pulumi.log.debug(`no look at the names on ${name}: ${String(error)}`, parent);
        return [];
      });
    if (issues.length > 0) throw new FarmError(`network "${name}"`, issues);
    return name;
  });
  // The endpoint may hold a secret certificate; the network's name is none.
  return pulumi.unsecret(free);
}

function networkAdvice(name: string, traits: PlatformTraits): string {
  return name === traits.externalNetwork
    ? "every Windows engine makes this network at its start: restart the docker service, or set platform to what the engine is"
    : `make it (docker network create${traits.name === "windows" ? " -d nat" : ""} ${name}), or leave network out`;
}
