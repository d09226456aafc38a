import { z } from "zod";
import type { ContainerTransform } from "../args";
import { firstTcpPort } from "../plan/ports";
import { extraConfig } from "./extraConfig";
import {
  callback,
  constraints,
  fault,
  hostName,
  imageReference,
  port,
  textInput,
  wholeNumber,
} from "./fields";
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

const pem = (what: string, begin: RegExp, example: string) =>
  textInput({
    test: (text) => begin.test(text),
    message: `is no ${what} in PEM form`,
    hint: `give the text of the file, which begins with -----BEGIN ${example}-----`,
    // A key in another form is a key.
    secret: true,
  });

const tls = z.strictObject({
  certificate: pem("certificate", /^-----BEGIN CERTIFICATE-----/m, "CERTIFICATE"),
  key: pem("private key", /^-----BEGIN ([A-Z]+ )?PRIVATE KEY-----/m, "PRIVATE KEY"),
  publishHttp: port.optional(),
  redirect: z.boolean().default(true),
});

const build = z
  .strictObject({
    baseImage: imageReference().optional(),
    nginxVersion: z
      .string()
      .regex(/^\d+\.\d+\.\d+$/, { error: "is no version of nginx; write it as 1.28.2" })
      .optional(),
    nginxSha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/i, { error: "is no SHA-256; it has 64 hexadecimal digits" })
      .optional(),
  })
  .superRefine(({ nginxVersion, nginxSha256 }, ctx) => {
    if ((nginxVersion === undefined) === (nginxSha256 === undefined)) return;
    fault(ctx, [], "needs nginxVersion and nginxSha256 together", {
      code: "required",
      hint: "a checksum belongs to one version; give both, or neither for the library's own",
    });
  });

/** `ProxyBuildArgs`, checked. */
export type ValidProxyBuild = z.infer<typeof build>;

/** Schema of `ProxyArgs`. */
export const proxySchema = z
  .strictObject({
    image: imageReference().optional(),
    build: build.optional(),
    publish: port.optional(),
    serverName: hostName.optional(),
    tls: tls.optional(),
    loadBalancing: z.enum(["roundRobin", "leastConnections", "ipHash"]).default("roundRobin"),
    keepAliveConnections: wholeNumber(0, 10_000).default(32),
    timeouts: timeouts.prefault({}),
    maxBodySizeMb: wholeNumber(0, 1_048_576).default(30),
    gzip: z.boolean().default(true),
    discovery: z.enum(["replicas", "resolve"]).default("replicas"),
    extraConfig: extraConfig.prefault({}),
    start: z.strictObject(retryShape(60)).prefault({}),
    reload: z
      .strictObject({ ...retryShape(30), drainSeconds: wholeNumber(0, 3600).default(30) })
      .prefault({}),
    replicas: wholeNumber(1, 100).optional(),
    constraints: constraints.default([]),
    publishMode: z.enum(["host", "ingress"]).default("host"),
    transform: callback<ContainerTransform>().optional(),
  })
  .superRefine((args, ctx) => {
    checkImage(args, ctx);
    checkPorts(args, ctx);
  });

function checkImage({ image, build }: { image?: unknown; build?: unknown }, ctx: z.RefinementCtx) {
  if ((image === undefined) !== (build === undefined)) return;
  if (image === undefined) {
    fault(ctx, ["image"], "missing; give the name of an image with nginx", {
      code: "required",
      hint: "or let the library build one: build: {}",
    });
  } else {
    fault(ctx, ["build"], "excludes image", {
      code: "conflict",
      hint: "keep image for one that exists, or build for one that the library makes",
    });
  }
}

function checkPorts(
  {
    publish,
    tls,
  }: {
    publish?: number | undefined;
    tls?: { publishHttp?: number | undefined; redirect: boolean } | undefined;
  },
  ctx: z.RefinementCtx,
) {
  if (tls?.publishHttp === undefined) return;
  if (tls.publishHttp === publish) {
    fault(ctx, ["tls", "publishHttp"], `${publish} is already the port for HTTPS`, {
      code: "conflict",
      hint: "publish is the port for HTTPS once tls is given, such as 443; publishHttp is another, such as 80",
    });
  } else if (publish === undefined && tls.redirect) {
    fault(ctx, ["publish"], "missing; plain HTTP cannot be sent to a port that only the engine knows", {
      code: "required",
      hint: "give the port for HTTPS, such as publish: 443, or tls.redirect: false",
    });
  }
}

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
