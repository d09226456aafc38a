import * as pulumi from "@pulumi/pulumi";

/** An output that resolves no sooner than a resource. */
export function after<T>(resource: pulumi.Resource, value: pulumi.Output<T>): pulumi.Output<T> {
  return pulumi.all([resource.urn, value]).apply(([, known]) => known) as pulumi.Output<T>;
}
