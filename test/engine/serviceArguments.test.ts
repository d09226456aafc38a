import Docker from "dockerode";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { replicaContainerArgs } from "../../sdk/components/containerArgs";
import { planService } from "../../sdk/plan/servicePlan";
import { traitsOf } from "../../sdk/platform/platform";
import { natServiceSchema } from "../../sdk/schema/natService";
import { serviceIssues } from "../../sdk/schema/serviceRules";
import { validate } from "../../sdk/schema/validate";
import { createBody } from "../../toolchain/docker-plugin/container/createBody";
import type { PropertyMap } from "../../toolchain/docker-plugin/values";
import { prepareImages } from "../../toolchain/images";
import { uniqueName } from "../support/engine";
import { anyService } from "../support/serviceSamples";

const docker = new Docker();
const volume = uniqueName("webfarm-test");

afterAll(() => docker.getVolume(volume).remove());

describe("arguments without fault", () => {
  it("reach the engine as it takes them", async () => {
    const { webapp } = await prepareImages({ docker, log: () => undefined });
    // Directories would be made on this machine, and a machine with one processor refuses more.
    const services = anyService("linux").map((args) => ({
      ...args,
      image: webapp,
      replicas: 1,
      cpus: Math.min(args.cpus ?? 1, 1),
      volumes: (args.volumes ?? []).map(({ containerPath, readOnly = false }) => ({
        volume,
        containerPath,
        readOnly,
      })),
    }));
    await docker.createVolume({ Name: volume });
    await fc.assert(
      fc.asyncProperty(services, async (args) => {
        const target = { traits: traitsOf("linux"), release: "2022" as const };
        const valid = validate(natServiceSchema, args, "test", serviceIssues(args, target));
        const owner = { stack: "project/dev", farm: "web", service: "web" };
        const [replica] = planService(valid, { resourceStem: "web", owner, ...target }).replicas;
        if (replica === undefined) throw new Error("no replica");
        const inputs = replicaContainerArgs(replica, "bridge") as unknown as PropertyMap;
        const container = await docker.createContainer(createBody(inputs));
        await container.remove({ force: true });
        expect(container.id).toMatch(/^[0-9a-f]{64}$/);
      }),
      { numRuns: 60 },
    );
  });
});
