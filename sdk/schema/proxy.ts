import { z } from "zod";
import type { ContainerTransform } from "../args";
import { firstTcpPort } from "../plan/ports";
import { callback, fault, hostName, imageReference, port, wholeNumber } from "./fields";
import { natServiceSchema } from "./natService";

const retryShape = (attempts: number) => ({
  maxAttempts: wholeNumber(1, 1000).default(attempts),
  delaySeconds: z.number().min(0.1).max(60).default(1),
});

const timeouts = z.strictObject({
  connectSeconds: wholeNumber(1, 3600).default(5),
  readSeconds: wholeNumber(1, 86_400).default(60),
  sendSeconds: wholeNumber(1, 86_400).default(60),
});

/** Schema of `ProxyArgs`. */
export const proxySchema = z.strictObject({
  image: imageReference(),
  publish: port.optional(),
  serverName: hostName.optional(),
  loadBalancing: z.enum(["roundRobin", "leastConnections", "ipHash"]).default("roundRobin"),
  keepAliveConnections: wholeNumber(0, 10_000).default(32),
  timeouts: timeouts.prefault({}),
  maxBodySizeMb: wholeNumber(0, 1_048_576).default(30),
  start: z.strictObject(retryShape(60)).prefault({}),
  reload: z.strictObject({ ...retryShape(30), drainSeconds: wholeNumber(0, 3600).default(30) }).prefault({}),
  transform: callback<ContainerTransform>().optional(),
});

/** `ProxyArgs` with their defaults, checked. */
export type ValidProxyArgs = z.infer<typeof proxySchema>;

/** A proxied service needs a port that the proxy can ask. */
export function checkProxied(
  service: { ports: { container: number; protocol: string }[] },
  path: PropertyKey[],
  ctx: z.RefinementCtx,
) {
  if (firstTcpPort(service.ports) !== undefined) return;
  fault(ctx, [...path, "ports"], "holds no tcp port that the proxy could send requests to", {
    code: "required",
    hint: "give the port that the app listens on: ports: [{ container: 80 }]",
  });
}

/** Schema of `ProxiedScaleSetArgs`. */
export const proxiedScaleSetSchema = z
  .strictObject({ service: natServiceSchema, proxy: proxySchema })
  .superRefine((args, ctx) => {
    checkProxied(args.service, ["service"], ctx);
  });

/** `ProxiedScaleSetArgs` with their defaults, checked. */
export type ValidProxiedScaleSetArgs = z.infer<typeof proxiedScaleSetSchema>;
