import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { consumerFiles, printed, runConsumers } from "../support/consumer";
import { NpmProject, packProject, type PackedPackage } from "../support/packedPackage";
import { peerSets } from "../support/peers";
import { projectRoot } from "../support/projectRoot";

const { devDependencies } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
  devDependencies: Record<string, string>;
};

let packed: PackedPackage;

beforeAll(async () => {
  packed = await packProject();
});

afterAll(() => rm(dirname(packed.archive), { recursive: true }));

// Installed by npm itself, which refuses what the peer ranges do not allow.
describe("the package is installed, compiled against and run", () => {
  it.each(peerSets)(
    "with @pulumi/pulumi $pulumi, @pulumi/docker $docker on Node $node",
    async ({ pulumi, docker, node }) => {
      const project = await NpmProject.create(consumerFiles);
      try {
        await project.install(
          packed.archive,
          `@pulumi/pulumi@${pulumi}`,
          `@pulumi/docker@${docker}`,
          `typescript@${devDependencies.typescript ?? ""}`,
          `@types/node@${node}`,
          `node-bin@npm:node-${process.platform}-${process.arch}@${node}`,
        );
        const binary = join(project.directory, "node_modules/node-bin/bin/node");
        expect(await project.run(binary, "--version")).toMatch(new RegExp(`^v${node}\\.`));
        expect(await runConsumers(project, binary)).toEqual([printed, printed]);
        const command = join(project.directory, "node_modules/pulumi-webfarm/dist/cli/main.js");
        expect(await project.run(binary, command, "--help")).toMatch(/^Usage: webfarm /);
      } finally {
        await project.remove();
      }
    },
  );
});
