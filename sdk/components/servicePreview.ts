import * as pulumi from "@pulumi/pulumi";
import type Docker from "dockerode";
import { reasons } from "../plan/appChange";
import { labelNames, type Owner } from "../plan/labels";
import type { ReplicaPlan } from "../plan/servicePlan";
import { bounded } from "../preflight/bounded";
import { engineOf } from "../reload/engine";
import type { ValidNatServiceArgs } from "../schema/natService";
import { isPinned, pinnedImage } from "../swarm/pinnedImage";
import { parallelism, specLabel, type SwarmServicePlan } from "../swarm/serviceArgs";
import { serviceChange, type ServiceShape } from "../swarm/serviceChange";
import { isMocked } from "./hooks";

/** A look at the manager may not hold up a preview. */
const lookSeconds = 15;

/** What a preview needs to tell of a service on a swarm. */
export interface ServicePreview {
  app: string;
  owner: Owner;
  task: ReplicaPlan;
  valid: ValidNatServiceArgs;
  spec: pulumi.Output<string>;
}

/** Says in a preview, in one line, what the `up` will do to a service. A swarm that does not answer is no fault. */
export function announceService(
  { app, owner, task, valid, spec }: ServicePreview,
  parent: pulumi.ComponentResource,
): void {
  look(spec, parent, async (engine, digest) => {
    const running = await runningService(engine, owner);
    return serviceChange(app, {
      before: running,
      after: { replicas: valid.replicas, spec: digest },
      rollout: valid.rollout,
      parallelism: parallelism(valid.replicas),
      reasons: running === undefined ? [] : reasonsOf(running, { plan: task, generation: valid.generation }),
    });
  });
}

/** A digest that the swarm has put behind the name of the image is no other image. */
function reasonsOf(running: RunningService, planned: { plan: ReplicaPlan; generation: string }): string[] {
  const { image } = planned.plan;
  const isSame = typeof image === "string" && isPinned(running.image, image);
  return reasons(isSame ? { ...running, image } : running, planned);
}

/** Looks at the swarm in a preview, and logs the line that comes of it. */
export function look(
  spec: pulumi.Output<string>,
  parent: pulumi.ComponentResource,
  lineOf: (engine: Docker, spec: string) => Promise<string | undefined>,
): void {
  if (isMocked() || !pulumi.runtime.isDryRun()) return;
  const engine = engineOf(parent);
  pulumi.unsecret(spec).apply(async (digest) => {
    try {
      const line = await bounded(
        engine().then((docker) => lineOf(docker, digest)),
        lookSeconds,
      );
      if (line !== undefined) void pulumi.log.info(line, parent);
    } catch (error) {
      void pulumi.log.debug(`no look at the swarm: ${String(error)}`);
    }
  });
}

/** A service as the swarm has it now. */
export interface RunningService extends ServiceShape {
  id: string;
  /** One task on each node. */
  isGlobal: boolean;
  image: string;
  platforms: { architecture: string; os: string }[];
  generation: string;
  environment: readonly string[];
  memoryBytes: number;
  labels: Readonly<Record<string, string>>;
}

/** What a manager tells of a service, as far as it is read here. */
interface RawService {
  ID: string;
  Spec: {
    Mode: { Replicated?: { Replicas?: number }; Global?: object };
    TaskTemplate: {
      ContainerSpec?: { Image: string; Env?: string[] | null; Labels?: Record<string, string> | null };
      Resources?: { Limits?: { MemoryBytes?: number } };
      Placement?: { Platforms?: { Architecture?: string; OS?: string }[] | null };
    };
  };
}

/** The service with these labels; undefined when the swarm has none. */
export async function runningService(engine: Docker, owner: Owner): Promise<RunningService | undefined> {
  const label = (["stack", "farm", "service"] as const).map((name) => `${labelNames[name]}=${owner[name]}`);
  const [found] = (await engine.listServices({ filters: { label } })) as unknown as RawService[];
  if (found === undefined) return undefined;
  const { ContainerSpec, Resources, Placement } = found.Spec.TaskTemplate;
  const labels = ContainerSpec?.Labels ?? {};
  return {
    id: found.ID,
    isGlobal: found.Spec.Mode.Global !== undefined,
    replicas: found.Spec.Mode.Replicated?.Replicas ?? 0,
    spec: labels[specLabel] ?? "",
    image: ContainerSpec?.Image ?? "",
    platforms: (Placement?.Platforms ?? []).map(({ Architecture = "", OS = "" }) => ({
      ...{ architecture: Architecture, os: OS },
    })),
    generation: labels[labelNames.generation] ?? "",
    environment: ContainerSpec?.Env ?? [],
    memoryBytes: Resources?.Limits?.MemoryBytes ?? 0,
    labels,
  };
}

/** What the swarm has pinned a service's image to. One that does not answer has pinned nothing. */
export function pinnedBySwarm(
  owner: Owner,
  parent: pulumi.ComponentResource,
): Pick<SwarmServicePlan, "pinned"> {
  if (isMocked()) return {};
  const engine = engineOf(parent);
  return {
    pinned: (spec, image) =>
      pulumi.all([pulumi.unsecret(spec), image]).apply(async ([spec, image]) => {
        try {
          const running = engine().then((docker) => runningService(docker, owner));
          return pinnedImage(await bounded(running, lookSeconds), spec, image);
        } catch (error) {
          void pulumi.log.debug(`no look at the swarm: ${String(error)}`);
          return undefined;
        }
      }),
  };
}

/** How many tasks of a service run. */
export async function runningTasks(engine: Docker, service: string): Promise<number> {
  const filters = { service: [service], "desired-state": ["running"] };
  const tasks = (await engine.listTasks({ filters })) as { Status: { State: string } }[];
  return tasks.filter(({ Status }) => Status.State === "running").length;
}
