import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { ContainerTransform } from "../args";
import type { ReplicaPlan, ServicePlan } from "../plan/servicePlan";
import { containerFindings, type ContainerContract } from "../schema/containerRules";
import { FarmError, type FarmIssue } from "../schema/farmError";
import { isDeferred } from "../schema/fields";
import { toIssues, type Target } from "../schema/platformRules";
import { replicaContainerArgs } from "./containerArgs";

/** One container to create. */
export interface ReplicaContainer {
  replica: ReplicaPlan;
  args: docker.ContainerArgs;
}

/**
 * The containers of a service, after the user's `transform`.
 *
 * @throws FarmError with every fault that `transform` made; outputs are checked when they resolve, still
 * before their container is created
 */
export function replicaContainers(
  plan: Pick<ServicePlan, "rollout" | "replicas">,
  target: Target,
  network: pulumi.Output<string>,
  transform: ContainerTransform | undefined,
  subject: string,
): ReplicaContainer[] {
  const contractOf = (replica: ReplicaPlan): ContainerContract => ({
    target,
    hostPorts: replica.ports.flatMap(({ host }) => host ?? []),
    fixedName: plan.rollout === "stopFirst",
  });
  const containers = plan.replicas.map((replica) => {
    const args = replicaContainerArgs(replica, network);
    return { replica, args: transform?.(args, replica.resourceName) ?? args };
  });
  if (transform !== undefined) {
    const issues = containers.flatMap(({ replica, args }) =>
      toIssues(containerFindings(args, contractOf(replica)), ["transform", replica.resourceName]),
    );
    if (issues.length > 0) throw new FarmError(subject, withoutRepeats(issues));
  }
  return containers.map(({ replica, args }) => ({
    replica,
    args: checkedOnceKnown(args, contractOf(replica), `${subject}, ${replica.replica}`),
  }));
}

/** `transform` makes the same fault in each of up to 500 replicas; the first one tells it. */
function withoutRepeats(issues: readonly FarmIssue[]): FarmIssue[] {
  const seen = new Set<string>();
  return issues.filter(({ path, message }) => {
    const fault = `${path.replace(/^transform\[.*?\]/, "")} ${message}`;
    return !seen.has(fault) && seen.add(fault);
  });
}

/** Properties whose text may come from an output, and that have rules. */
const checkedProperties = ["image", "volumes"] as const;

function checkedOnceKnown(
  args: docker.ContainerArgs,
  contract: ContainerContract,
  subject: string,
): docker.ContainerArgs {
  const deferred = checkedProperties.filter((name) => holdsDeferred(args[name]));
  if (deferred.length === 0) return args;
  const checked = deferred.map((name) => [
    name,
    pulumi.output(args[name]).apply((known) => {
      const issues = toIssues(containerFindings({ [name]: known } as never, contract), []);
      if (issues.length > 0) throw new FarmError(subject, issues);
      return known;
    }),
  ]);
  return {
    ...args,
    ...(Object.fromEntries(checked) as Partial<docker.ContainerArgs>),
  };
}

function holdsDeferred(value: unknown): boolean {
  if (isDeferred(value)) return true;
  if (Array.isArray(value)) return value.some(holdsDeferred);
  if (typeof value === "object" && value !== null) return Object.values(value).some(holdsDeferred);
  return false;
}
