import { z } from "zod";
import { dnsLabel, fault, imageReference } from "./fields";
import { placementShape, serviceShape } from "./natService";
import { checkProxied, proxySchema } from "./proxy";

const app = z.strictObject(serviceShape);

const consoleArgs = z.strictObject({
  enabled: z.boolean().default(true),
  image: imageReference().optional(),
});

/** Schema of `WindowsWebFarmArgs`. */
export const windowsWebFarmSchema = z
  .strictObject({
    apps: z.record(dnsLabel, app),
    proxy: proxySchema,
    console: consoleArgs.prefault({}),
    ...placementShape,
  })
  .superRefine((args, ctx) => {
    const names = Object.keys(args.apps);
    if (names.length !== 1) {
      fault(ctx, ["apps"], `holds ${names.length} apps; this version serves exactly one behind its proxy`, {
        code: "outOfRange",
        hint: names.length === 0 ? "name one app" : "make a farm of each app",
      });
    }
    for (const name of names) {
      const service = args.apps[name];
      if (service !== undefined) checkProxied(service, ["apps", name], ctx);
      if (name === "proxy" || name === "console") {
        fault(ctx, ["apps", name], `${name} is the name of another part of the farm`, {
          code: "conflict",
          hint: "choose another name for the app",
        });
      }
    }
  });

/** `WindowsWebFarmArgs` with their defaults, checked. */
export type ValidWindowsWebFarmArgs = z.infer<typeof windowsWebFarmSchema>;
