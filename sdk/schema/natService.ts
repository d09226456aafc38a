import { z } from "zod";
import type { ContainerTransform } from "../args";
import { defaultRelease } from "../platform/releases";
import { firstTcpPort } from "../plan/ports";
import {
  anyTextInput,
  callback,
  dnsLabel,
  fault,
  hostRelease,
  imageReference,
  platform,
  port,
  textInput,
  wholeNumber,
} from "./fields";

const portArgs = z.strictObject({
  container: port,
  host: port.optional(),
  protocol: z.enum(["tcp", "udp"]).default("tcp"),
});

const portList = z.array(portArgs).superRefine((ports, ctx) => {
  const seen = new Map<string, number>();
  ports.forEach((entry, index) => {
    const key = `${entry.container}/${entry.protocol}`;
    const first = seen.get(key);
    if (first !== undefined) {
      fault(ctx, [index, "container"], `port ${key} is already given by ports[${first}]`, {
        code: "conflict",
        hint: "give each container port once",
      });
    }
    seen.set(key, first ?? index);
    if (entry.host !== undefined) {
      fault(ctx, [index, "host"], `host port ${entry.host} cannot be held by two generations at once`, {
        code: "conflict",
        hint: "leave host out: the engine chooses an ephemeral port, and a proxy publishes the fixed one",
      });
    }
  });
});

const labelName = z.string().regex(/^(?!webfarm\.)./, {
  error: "is no name for a label; those that begin with webfarm. are the library's own",
});

const volumeArgs = z
  .strictObject({
    hostPath: textInput().optional(),
    volume: textInput().optional(),
    containerPath: z.string().min(1),
    readOnly: z.boolean().default(false),
  })
  .superRefine((volume, ctx) => {
    if ((volume.hostPath === undefined) === (volume.volume === undefined)) {
      fault(ctx, [], "needs exactly one of hostPath and volume", {
        code: "conflict",
        hint: "give hostPath for a directory of the host, volume for a named volume",
      });
    }
  });

const healthCheckArgs = z
  .strictObject({
    path: z
      .string()
      .regex(/^\/[^\s"'`$\\%&|<>^;]*$/, {
        error: "is no HTTP path; it starts with / and holds no spaces, quotes or shell characters",
      })
      .optional(),
    port: port.optional(),
    command: z.string().min(1).optional(),
    intervalSeconds: z.number().min(1).max(3600).optional(),
    timeoutSeconds: z.number().min(1).max(3600).optional(),
    retries: wholeNumber(1, 100).default(3),
    startPeriodSeconds: z.number().min(0).max(3600).optional(),
  })
  .superRefine((check, ctx) => {
    if (check.command !== undefined && (check.path !== undefined || check.port !== undefined)) {
      fault(ctx, ["command"], "excludes path and port", {
        code: "conflict",
        hint: "keep the command, or keep path and port for an HTTP check",
      });
    }
  });

const environmentName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_.()-]*$/, {
  error: "is no name of an environment variable; allowed: letters, digits and _, not starting with a digit",
});

/** What a service is, wherever it stands: alone, behind a proxy or in a farm. */
export const serviceShape = {
  image: imageReference(),
  replicas: wholeNumber(0, 500).default(1),
  ports: portList.default([]),
  volumes: z.array(volumeArgs).default([]),
  environment: z.record(environmentName, anyTextInput()).default({}),
  command: z.array(anyTextInput()).optional(),
  entrypoint: z.array(anyTextInput()).optional(),
  workingDir: z.string().min(1).optional(),
  user: z.string().min(1).optional(),
  alias: dnsLabel.optional(),
  restart: z.enum(["no", "on-failure", "always", "unless-stopped"]).default("unless-stopped"),
  memoryMb: wholeNumber(6, 16_777_216).optional(),
  cpus: z.number().min(0.01).max(1024).optional(),
  healthCheck: healthCheckArgs.optional(),
  stopGraceSeconds: wholeNumber(0, 3600).default(30),
  labels: z.record(labelName, z.string()).default({}),
  rollout: z.enum(["startFirst"]).default("startFirst"),
  generation: z
    .string()
    .regex(/^[\w.-]{1,63}$/, { error: "is no generation; allowed: letters, digits, _ . -, up to 63" })
    .default("1"),
  transform: callback<ContainerTransform>().optional(),
};

/** Where a component runs; inside a farm it stands on the farm, not on its parts. */
export const placementShape = {
  platform: platform.optional(),
  hostRelease: hostRelease.default(defaultRelease),
  network: textInput().optional(),
};

type Service = z.infer<z.ZodObject<typeof serviceShape>>;

/**
 * Faults that take more than one property to see. zod looks for them once every property by itself is
 * sound, so checks that can stand on one property stand there.
 */
export function checkService(service: Service, ctx: z.RefinementCtx): void {
  const check = service.healthCheck;
  if (
    check !== undefined &&
    check.command === undefined &&
    check.port === undefined &&
    firstTcpPort(service.ports) === undefined
  ) {
    fault(ctx, ["healthCheck"], "has no port to ask", {
      code: "conflict",
      hint: "give healthCheck.port, healthCheck.command, or a tcp port of the service",
    });
  }
}

/** Schema of `NatServiceArgs`. */
export const natServiceSchema = z
  .strictObject({ ...serviceShape, ...placementShape, farm: dnsLabel.optional() })
  .superRefine(checkService);

/** `NatServiceArgs` with their defaults, checked. */
export type ValidNatServiceArgs = z.infer<typeof natServiceSchema>;
