import { z } from "zod";
import type { ContainerTransform } from "../args";
import { firstTcpPort } from "../plan/ports";
import { callback, dnsLabel, fault, hostName, imageReference, isImageReference, wholeNumber } from "./fields";
import { routesOf } from "./farmRules";
import { placementShape, serviceShape } from "./natService";
import { proxySchema } from "./proxy";

const route = z.strictObject({
  host: hostName.optional(),
  path: z
    .string()
    .regex(/^\/[^\s\p{C}"'`$\\{};#?]*$/u, {
      error: "is no path of a route; it starts with / and holds no spaces, quotes, ? # $ ; or braces",
    })
    .regex(/^(?!\/_webfarm(\/|$))/i, {
      error: "is the proxy's own; it answers there for itself",
    })
    .default("/"),
  exact: z.boolean().default(false),
});

const app = z.strictObject({
  ...serviceShape,
  routes: z.array(route).optional(),
  loadBalancing: z.enum(["roundRobin", "leastConnections", "ipHash"]).optional(),
  keepAliveConnections: wholeNumber(0, 10_000).optional(),
  dependsOn: z.array(z.string()).default([]),
});

const consoleArgs = z.strictObject({
  enabled: z.boolean().default(true),
  image: imageReference().optional(),
  transform: callback<ContainerTransform>().optional(),
});

const defaults = z.strictObject({
  labels: serviceShape.labels,
  restart: serviceShape.restart.unwrap().optional(),
  memoryMb: serviceShape.memoryMb,
  cpus: serviceShape.cpus,
  stopGraceSeconds: serviceShape.stopGraceSeconds.unwrap().optional(),
});

const build = z.strictObject({
  context: z.string().min(1),
  dockerfile: z.string().min(1).optional(),
  args: z.record(z.string(), z.string()).optional(),
  target: z.string().min(1).optional(),
});

const builtName = z.string().refine(isImageReference, {
  error: "is no name for an image; write it as registry/name:tag with small letters",
});

/** Schema of `WindowsWebFarmArgs`. What takes several apps to see is in `farmRules.ts`. */
export const windowsWebFarmSchema = z
  .strictObject({
    apps: z.record(dnsLabel, app),
    proxy: proxySchema,
    console: consoleArgs.prefault({}),
    defaults: defaults.prefault({}),
    builds: z.record(builtName, build).default({}),
    transform: callback<ContainerTransform>().optional(),
    ...placementShape,
  })
  .superRefine((args, ctx) => {
    const apps = Object.entries(args.apps);
    if (apps.length === 0) {
      fault(ctx, ["apps"], "holds no app", { code: "outOfRange", hint: "name at least one app" });
    }
    apps.forEach(([name, service], index) => {
      if (routesOf(service, index).length === 0 || firstTcpPort(service.ports) !== undefined) return;
      fault(ctx, ["apps", name, "ports"], "holds no tcp port that the proxy could send requests to", {
        code: "required",
        hint: "give the port that the app listens on: ports: [{ container: 80 }], or routes: [] to keep it off the proxy",
      });
    });
  });

/** `WindowsWebFarmArgs` with their defaults, checked. */
export type ValidWindowsWebFarmArgs = z.infer<typeof windowsWebFarmSchema>;

/** `AppArgs` with their defaults, checked. */
export type ValidAppArgs = ValidWindowsWebFarmArgs["apps"][string];
