import { AsyncResource } from "node:async_hooks";
import * as pulumi from "@pulumi/pulumi";

/**
 * Binds work to a resource's creation and update, before either: when it fails, the resource keeps its old
 * state and the next `up` runs it again.
 */
export function beforeEachChange(hook: pulumi.ResourceHookFunction): pulumi.ResourceHookBinding {
  if (isMocked()) return {};
  const bound = inItsOwnContext(hook);
  return { beforeCreate: [bound], beforeUpdate: [bound] };
}

/** Binds work to what comes before a resource's creation. */
export function beforeCreation(hook: pulumi.ResourceHookFunction): pulumi.ResourceHookBinding {
  return isMocked() ? {} : { beforeCreate: [inItsOwnContext(hook)] };
}

/**
 * A hook that knows whose deployment it works for. The engine calls hooks from outside of any: in the process of a
 * component provider, which may serve several deployments, its log lines would go nowhere and stack and project be
 * unknown (seen with @pulumi/pulumi 3.248).
 */
function inItsOwnContext(hook: pulumi.ResourceHookFunction): pulumi.ResourceHookFunction {
  return AsyncResource.bind(hook);
}

/**
 * True under Pulumi's mocks, in a unit test of a user's farm: they know no hooks and fail on them, and
 * there is no engine to look at.
 */
export function isMocked(): boolean {
  const monitor = pulumi.runtime.getMonitor() as { registerResourceHook?: unknown } | undefined;
  return monitor !== undefined && typeof monitor.registerResourceHook !== "function";
}
