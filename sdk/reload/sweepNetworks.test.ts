import type Docker from "dockerode";
import { describe, expect, it } from "vitest";
import { sweepNetworks } from "./sweepNetworks";

interface Network {
  Id: string;
  Name: string;
  Created: string;
}

const network = (Id: string, hour: string): Network => ({
  Id,
  Name: `net-${Id}`,
  Created: `2026-01-01T${hour}:00Z`,
});

/** Sweeps with `net-own` as the farm's network and `known` in the state; gives what was removed and said. */
async function sweptOf(
  networks: Network[],
  known: string[],
  inside: string[] = [],
  remove = () => Promise.resolve(),
) {
  const removed: string[] = [];
  const said: string[] = [];
  const engine = {
    listContainers: ({ filters }: { filters: { network: string[] } }) =>
      Promise.resolve(inside.filter((id) => filters.network.includes(id))),
    listNetworks: () => Promise.resolve(networks),
    getNetwork: (id: string) => ({ remove: () => remove().then(() => removed.push(id)) }),
  } as unknown as Docker;
  await sweepNetworks(
    engine,
    { stack: "shop/dev", farm: "shop" },
    { current: "net-own", inState: () => Promise.resolve(new Set(known)), log: (line) => said.push(line) },
  );
  return { removed, said };
}

describe("sweepNetworks", () => {
  it("removes what is older than the farm's network and in no state, and says so", async () => {
    const all = [
      network("left", "08:00"),
      network("known", "08:10"),
      network("own", "09:00"),
      network("new", "09:30"),
    ];
    expect(await sweptOf(all, ["own", "known"])).toEqual({
      removed: ["left"],
      said: ["removed network net-left, which an interrupted up had left behind"],
    });
  });

  it("touches nothing when the farm's network has not these labels", async () => {
    expect(await sweptOf([network("left", "08:00")], [])).toEqual({ removed: [], said: [] });
  });

  it("leaves one that a container has, running or not", async () => {
    const all = [network("theirs", "08:00"), network("own", "09:00")];
    expect(await sweptOf(all, ["own"], ["theirs"])).toEqual({ removed: [], said: [] });
  });

  it("goes on when the engine refuses, with the engine's words", async () => {
    const refuse = () => Promise.reject(new Error("network net-left has active endpoints"));
    const { removed, said } = await sweptOf(
      [network("left", "08:00"), network("own", "09:00")],
      [],
      [],
      refuse,
    );
    expect(removed).toEqual([]);
    expect(said).toEqual([expect.stringContaining("stays: network net-left has active endpoints")]);
  });
});
