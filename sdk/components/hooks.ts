import * as pulumi from "@pulumi/pulumi";

/**
 * Binds work to a resource's creation and update, before either: when it fails, the resource keeps its old
 * state and the next `up` runs it again.
 *
 * Pulumi's mocks know no hooks and fail on them, so in a unit test of a user's farm nothing is bound.
 */
export function beforeEachChange(hook: pulumi.ResourceHookFunction): pulumi.ResourceHookBinding {
  const monitor = pulumi.runtime.getMonitor() as { registerResourceHook?: unknown } | undefined;
  const mocked = monitor !== undefined && typeof monitor.registerResourceHook !== "function";
  return mocked ? {} : { beforeCreate: [hook], beforeUpdate: [hook] };
}
