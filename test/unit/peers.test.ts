import { readFileSync } from "node:fs";
import { join } from "node:path";
import { intersects, minVersion, satisfies } from "semver";
import { describe, expect, it } from "vitest";
import { peerSets } from "../support/peers";
import { projectRoot } from "../support/projectRoot";

interface Manifest {
  version: string;
  engines: { node: string };
  peerDependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

const read = (file: string) => JSON.parse(readFileSync(join(projectRoot, file), "utf8")) as Manifest;
const manifest = read("package.json");
const { "@pulumi/pulumi": pulumi = "", "@pulumi/docker": docker = "" } = manifest.peerDependencies;

/** What `npm run test:peers` tries: each row is a promise of package.json. */
describe("the peers that are tried", () => {
  it("are allowed, and reach both ends of each range", () => {
    for (const peers of peerSets) {
      expect(intersects(peers.pulumi, pulumi)).toBe(true);
      expect(intersects(peers.docker, docker)).toBe(true);
      expect(intersects(`${peers.node}`, manifest.engines.node)).toBe(true);
    }
    expect(peerSets.map((peers) => peers.pulumi)).toContain(minVersion(pulumi)?.version);
    expect(peerSets.map((peers) => peers.docker)).toContain(minVersion(docker)?.version);
    // The newest that the registry has.
    expect(peerSets.map((peers) => peers.pulumi)).toContain("3");
    expect(peerSets.map((peers) => peers.docker)).toContain("5");
    expect([...new Set(peerSets.map(({ node }) => node))].sort()).toEqual([20, 22, 24]);
  });

  it("hold what is developed with", () => {
    expect(satisfies(read("node_modules/@pulumi/pulumi/package.json").version, pulumi)).toBe(true);
    expect(satisfies(read("node_modules/@pulumi/docker/package.json").version, docker)).toBe(true);
  });
});
