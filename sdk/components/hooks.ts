import * as pulumi from "@pulumi/pulumi";

/**
 * Binds work to a resource's creation and update, before either: when it fails, the resource keeps its old
 * state and the next `up` runs it again.
 */
export function beforeEachChange(hook: pulumi.ResourceHookFunction): pulumi.ResourceHookBinding {
  return isMocked() ? {} : { beforeCreate: [hook], beforeUpdate: [hook] };
}

/** Binds work to what comes before a resource's creation. */
export function beforeCreation(hook: pulumi.ResourceHookFunction): pulumi.ResourceHookBinding {
  return isMocked() ? {} : { beforeCreate: [hook] };
}

/**
 * True under Pulumi's mocks, in a unit test of a user's farm: they know no hooks and fail on them, and
 * there is no engine to look at.
 */
export function isMocked(): boolean {
  const monitor = pulumi.runtime.getMonitor() as { registerResourceHook?: unknown } | undefined;
  return monitor !== undefined && typeof monitor.registerResourceHook !== "function";
}
