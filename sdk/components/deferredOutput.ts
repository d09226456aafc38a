import * as pulumi from "@pulumi/pulumi";

/** An output whose value is given later: what is planned before a component exists may stand on it. */
export function deferredOutput<T>(): { output: pulumi.Output<T>; resolve: (value: pulumi.Input<T>) => void } {
  let resolve!: (value: { later: pulumi.Input<T> }) => void;
  // Inside an object: a promise would wait for a promise given as its value, but not for an output.
  const value = new Promise<{ later: pulumi.Input<T> }>((settle) => (resolve = settle));
  const output = pulumi.output(value).apply(({ later }) => later) as pulumi.Output<T>;
  return {
    output,
    resolve: (later) => {
      resolve({ later });
    },
  };
}
