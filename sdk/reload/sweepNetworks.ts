import type Docker from "dockerode";
import { labelNames, type Owner } from "../plan/labels";
import { bounded } from "../preflight/bounded";
import { firstLineOf } from "../errorText";

/** Options of {@link sweepNetworks}. */
export interface NetworkSweepOptions {
  /** Name of the network that the farm is in. */
  current: string;
  /** Ids of what Pulumi knows; asked only when there is something to decide. */
  inState: () => Promise<ReadonlySet<string>>;
  log: (line: string) => void;
}

/**
 * Removes the networks that an interrupted `up` left of a farm: they carry its labels, this state does not know
 * them, no container has them, and they are older than the network that was made in their place. So those of another
 * deployment of the same names stay: there are containers in them, or it is just making them.
 */
export async function sweepNetworks(
  engine: Docker,
  { stack, farm }: Pick<Owner, "stack" | "farm">,
  { current, inState, log }: NetworkSweepOptions,
): Promise<void> {
  const label = [`${labelNames.stack}=${stack}`, `${labelNames.farm}=${farm}`];
  const networks = await bounded(engine.listNetworks({ filters: { label } }));
  const own = networks.find(({ Name }) => Name === current);
  const older = networks.filter(
    ({ Created }) => own !== undefined && Date.parse(Created) < Date.parse(own.Created),
  );
  if (older.length === 0) return;
  const known = await inState().catch((error: unknown) => {
    log(`cannot tell whether the state knows ${namesOf(older)}, so they stay (${firstLineOf(error)})`);
    return undefined;
  });
  if (known === undefined) return;
  for (const { Id, Name } of older.filter(({ Id }) => !known.has(Id))) {
    const inside = await bounded(engine.listContainers({ all: true, filters: { network: [Id] } }));
    if (inside.length > 0) continue;
    try {
      await bounded(engine.getNetwork(Id).remove());
      log(`removed network ${Name}, which an interrupted up had left behind`);
    } catch (error) {
      log(`network ${Name}, which an interrupted up left behind, stays: ${firstLineOf(error)}`);
    }
  }
}

function namesOf(networks: readonly { Name: string }[]): string {
  return networks.map(({ Name }) => Name).join(" ");
}
