import { z } from "zod";
import { fault, port } from "./fields";

const hostRange = z.strictObject({ from: port, to: port }).superRefine((range, ctx) => {
  if (range.from > range.to) {
    fault(ctx, ["to"], `${range.to} is below from, which is ${range.from}`, {
      code: "outOfRange",
      hint: "give the lower port as from and the higher one as to",
    });
  }
});

/** Schema of `PortArgs`. What takes several ports to see is in `serviceRules.ts`. */
export const portArgs = z
  .strictObject({
    container: port,
    host: port.optional(),
    hostRange: hostRange.optional(),
    protocol: z.enum(["tcp", "udp"]).default("tcp"),
  })
  .superRefine((entry, ctx) => {
    if (entry.host !== undefined && entry.hostRange !== undefined) {
      fault(ctx, ["hostRange"], "excludes host", {
        code: "conflict",
        hint: "keep host for one replica, or hostRange for one port a replica",
      });
    }
  });

/** `PortArgs` with their defaults, checked. */
export type ValidPort = z.infer<typeof portArgs>;
