import { describe, expect, it } from "vitest";
import { stackState, sweepPlan, type FarmMember, type FarmShared, type StackState } from "./plan";

const now = new Date("2026-11-25T12:00:00Z");
const hourAgo = now.getTime() / 1000 - 3600;

const state: StackState = { ids: new Set(["kept", "net-1"]), deployments: new Set(["ours"]), pending: false };

function container(id: string, more: Partial<FarmMember> = {}): FarmMember {
  return {
    kind: "container",
    id,
    name: `shop-${id}`,
    stack: "shop/dev",
    farm: "shop",
    deployment: "ours",
    created: hourAgo,
    description: "webapp:1, Up 3 minutes",
    ...more,
  };
}

const service = (id: string) => container(id, { kind: "service" });

const network = (id: string, users: number, kind: FarmShared["kind"] = "network"): FarmShared => ({
  kind,
  id,
  name: `shop-${id}`,
  stack: "shop/dev",
  farm: "shop",
  users,
});

const plan = (containers: FarmMember[], networks: FarmShared[] = [], of: StackState = state) => {
  const { orphans, unsure } = sweepPlan(containers, networks, new Map([["shop/dev", of]]), now);
  return { orphans: orphans.map(({ id }) => id), unsure: unsure.map(({ id, reason }) => [id, reason]) };
};

describe("what is left over", () => {
  it("is what this deployment made and its state does not know", () => {
    expect(plan([container("kept"), container("left")])).toEqual({ orphans: ["left"], unsure: [] });
  });

  it("is not what another deployment, or none, made", () => {
    const { orphans, unsure } = plan([
      container("theirs", { deployment: "theirs" }),
      container("nobodys", { deployment: "" }),
    ]);
    expect(orphans).toEqual([]);
    expect(unsure).toEqual([
      ["theirs", expect.stringContaining("somebody else's, or one that was destroyed") as string],
      ["nobodys", expect.stringContaining("no deployment's identity") as string],
    ]);
  });

  it("is not what an up may just be making", () => {
    const pending = { ...state, pending: true };
    const young = container("young", { created: now.getTime() / 1000 - 60 });
    expect(plan([young, container("old")], [], pending)).toEqual({
      orphans: ["old"],
      unsure: [["young", expect.stringContaining("an up is under way") as string]],
    });
    expect(plan([young]).orphans).toEqual(["young"]);
  });

  it("holds a network only when nothing stays in it", () => {
    expect(plan([], [network("net-1", 0), network("net-2", 0)]).orphans).toEqual(["net-2"]);
    expect(plan([container("left")], [network("net-2", 1)]).orphans).toEqual(["left", "net-2"]);
    expect(plan([], [network("net-2", 1)])).toEqual({
      orphans: [],
      unsure: [["net-2", "it is in use"]],
    });
  });

  it("is a service of a swarm with its configs and secrets, which are free only with it", () => {
    const files = [network("conf", 1, "config"), network("key", 1, "secret"), network("net-2", 2)];
    expect(plan([service("s1"), service("s2")], files).orphans).toEqual(["s1", "s2", "conf", "key", "net-2"]);
    const kept = plan([service("kept")], [network("conf", 1, "config"), network("old", 0, "config")]);
    expect(kept).toEqual({ orphans: ["old"], unsure: [["conf", "it is in use"]] });
  });

  it("cannot be told of a stack whose state is not known", () => {
    const states = new Map([["shop/dev", { unknown: "its state cannot be read: no passphrase" }]]);
    expect(sweepPlan([container("left")], [], states, now)).toMatchObject({
      orphans: [],
      unsure: [{ id: "left", reason: "its state cannot be read: no passphrase" }],
    });
  });
});

describe("an exported state", () => {
  it("tells containers, networks, identities and whether an up was cut off", () => {
    const urn = (name: string) => `urn:pulumi:dev::shop::webfarm:index:WindowsWebFarm$x::${name}`;
    const exported = {
      deployment: {
        resources: [
          { type: "docker:index/container:Container", urn: urn("shop-webapp-1"), id: "c1" },
          { type: "docker:index/network:Network", urn: urn("shop-network"), id: "n1" },
          { type: "pulumi:index:Stash", urn: urn("shop-identity"), id: "identity-1" },
          { type: "pulumi:index:Stash", urn: urn("shop-webapp-healthy"), id: "gate-1" },
        ],
        pending_operations: [{}],
      },
    };
    expect(stackState(JSON.stringify(exported))).toEqual({
      ids: new Set(["c1", "n1"]),
      deployments: new Set(["identity-1"]),
      pending: true,
    });
    expect(stackState('{"deployment": null}').pending).toBe(false);
  });
});
