import * as pulumi from "@pulumi/pulumi";
import type { ContainerTransform } from "../args";
import { deploymentLabel } from "../plan/labels";

/**
 * What tells this deployment from another one of the same name on the same engine: two people may run the
 * same program for the same stack, each with a state of their own. It is drawn once and stays in the state.
 */
export function identityOf(name: string, parent: pulumi.Resource): pulumi.Output<string> {
  return new pulumi.Stash(`${name}-identity`, { input: name }, { parent }).id;
}

/** Puts the identity on every container; `own` still has the last word. */
export function labelledBy(
  identity: pulumi.Output<string>,
  own: ContainerTransform | undefined,
): ContainerTransform {
  return (args, name) => {
    const label = { label: deploymentLabel, value: identity };
    const labels = Array.isArray(args.labels)
      ? [...args.labels, label]
      : pulumi.output(args.labels).apply((labels) => [...(labels ?? []), label]);
    return own === undefined ? { ...args, labels } : own({ ...args, labels }, name);
  };
}
