import type Docker from "dockerode";
import { describe, expect, it } from "vitest";
import { engineIds } from "./exportedState";
import { stackName } from "./pulumiState";
import { sweep, type SweepOptions } from "./sweep";

const scope = { stack: "shop/dev", farm: "shop", service: "webapp", deployment: "d1" };

/** Runs a sweep over containers that carry the labels, each named `c-ID`; gives what it removed and said. */
async function sweptOf(ids: string[], listed: string[], inState: SweepOptions["inState"]) {
  const removed: string[] = [];
  const said: string[] = [];
  let asked: unknown;
  const engine = {
    listContainers: (query: unknown) => {
      asked = query;
      const Labels = (id: string) => (id.startsWith("task") ? { "com.docker.swarm.task.id": id } : {});
      return Promise.resolve(ids.map((Id) => ({ Id, Names: [`/c-${Id}`], Labels: Labels(Id) })));
    },
    getContainer: (id: string) => ({
      stop: () => Promise.reject(Object.assign(new Error("already stopped"), { statusCode: 304 })),
      remove: () => {
        removed.push(id);
        return Promise.resolve();
      },
    }),
  } as unknown as Docker;
  await sweep(engine, scope, { listed, inState, log: (line) => said.push(line) });
  return { removed, said, asked };
}

const knows =
  (...ids: string[]) =>
  () =>
    Promise.resolve(new Set(ids));

describe("sweep", () => {
  it("removes what neither the lists nor the state know, and says so", async () => {
    const { removed, said, asked } = await sweptOf(["1", "2", "3"], ["c-1"], knows("2"));
    expect(removed).toEqual(["3"]);
    expect(said).toEqual(["webapp: removed c-3, which an interrupted up had left behind"]);
    expect(asked).toEqual({
      all: true,
      filters: {
        label: [
          "webfarm.stack=shop/dev",
          "webfarm.farm=shop",
          "webfarm.service=webapp",
          "webfarm.deployment=d1",
        ],
      },
    });
  });

  it("leaves a swarm's tasks to the swarm, though they carry the same labels", async () => {
    const { removed } = await sweptOf(["task-1", "2"], [], knows());
    expect(removed).toEqual(["2"]);
  });

  it("does not ask for the state when everything is listed", async () => {
    const { removed, said } = await sweptOf(["1"], ["c-1"], () => Promise.reject(new Error("asked")));
    expect([removed, said]).toEqual([[], []]);
  });

  it("leaves all of it when the state cannot be read", async () => {
    const { removed, said } = await sweptOf(["1"], [], () => Promise.reject(new Error("no pulumi")));
    expect(removed).toEqual([]);
    expect(said[0]).toContain("docker rm --force c-1");
    expect(said[0]).toContain("no pulumi");
  });
});

describe("the state", () => {
  it("asks the CLI for no stack whose name a shell could read", () => {
    expect(stackName("organization", "my.shop", "dev-1")).toBe("organization/my.shop/dev-1");
    for (const name of ["a b", "a&b", "$(id)", "-rf", "a/b", "", 'a"']) {
      expect(() => stackName("organization", "shop", name)).toThrow("is no name");
    }
  });
});

describe("engineIds", () => {
  it("takes what is on the engine and its swarm, also those that wait for their deletion", () => {
    const container = "docker:index/container:Container";
    const resources = [
      { type: container, id: "a" },
      { type: container, id: "b", delete: true },
      { type: "docker:index/network:Network", id: "n" },
      { type: "docker:index/service:Service", id: "s" },
      { type: "docker:index/serviceConfig:ServiceConfig", id: "f" },
      { type: "docker:index/secret:Secret", id: "k" },
      { type: "webfarm:index:Proxy", id: "p" },
    ].map((resource) => ({ urn: `urn:pulumi:test::shop::${resource.type}::x`, ...resource }));
    expect(engineIds({ deployment: { resources } })).toEqual(new Set(["a", "b", "n", "s", "f", "k"]));
    expect(engineIds({ deployment: {} })).toEqual(new Set());
  });
});
