import * as pulumi from "@pulumi/pulumi";
import type Docker from "dockerode";
import type { HostRelease } from "../args";
import { appChange, type RunningReplica } from "../plan/appChange";
import type { AppPlan } from "../plan/farmPlan";
import { labelNames, type Owner } from "../plan/labels";
import { planService } from "../plan/servicePlan";
import type { PlatformTraits } from "../platform/platform";
import { bounded } from "../preflight/bounded";
import { natServiceSchema } from "../schema/natService";
import { validate } from "../schema/validate";
import { isMocked } from "./hooks";
import type { NatService } from "./natService";

/** A look at the engine may not hold up a preview. */
const lookSeconds = 15;

/** What a preview needs to tell of an app. */
export interface AppPreview {
  engine: () => Promise<Docker>;
  app: AppPlan;
  service: NatService;
  owner: Owner;
  traits: PlatformTraits;
  release: HostRelease;
}

/** Says in a preview, in one line an app, what the `up` will do. An engine that does not answer is no fault. */
export function announceApp({ engine, app, service, owner, traits, release }: AppPreview): void {
  if (isMocked() || !pulumi.runtime.isDryRun()) return;
  const valid = validate(natServiceSchema, { ...app.service, platform: traits.name }, app.name);
  const plan = planService(valid, { resourceStem: app.name, owner, traits, release });
  service.containerNames.apply(async (names) => {
    try {
      const running = await bounded(runningReplicas(await engine(), owner), lookSeconds);
      const planned = plan.replicas.map((replica, index) => ({
        plan: replica,
        generation: valid.generation,
        containerName: names[index] ?? "",
      }));
      const line = appChange(app.name, running, planned, valid.rollout);
      if (line !== undefined) void pulumi.log.info(line, service);
    } catch (error) {
      void pulumi.log.debug(`no look at ${app.name}: ${String(error)}`);
    }
  });
}

async function runningReplicas(docker: Docker, owner: Owner): Promise<RunningReplica[]> {
  const label = (["stack", "farm", "service"] as const).map((name) => `${labelNames[name]}=${owner[name]}`);
  const containers = await docker.listContainers({ filters: { label, status: ["running"] } });
  return Promise.all(
    containers.map(async ({ Id, Labels }) => {
      const { Name, Config, HostConfig } = await docker.getContainer(Id).inspect();
      return {
        replica: Labels[labelNames.replica] ?? "",
        containerName: Name.replace(/^\//, ""),
        image: Config.Image,
        generation: Labels[labelNames.generation] ?? "",
        environment: Config.Env,
        memoryBytes: HostConfig.Memory ?? 0,
      };
    }),
  );
}
