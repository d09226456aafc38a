import { z } from "zod";
import type { ContainerTransform } from "../args";
import { defaultRelease } from "../platform/releases";
import {
  anyTextInput,
  callback,
  constraints,
  dnsLabel,
  fault,
  hostRelease,
  imageReference,
  orchestrator,
  platform,
  textInput,
  wholeNumber,
} from "./fields";
import { healthCheckArgs } from "./healthCheck";
import { portArgs } from "./ports";

const labelName = z.string().regex(/^(?!webfarm\.)./, {
  error: "is no name for a label; those that begin with webfarm. are the library's own",
});

// The engine takes these as part of the name; the docker plugin has no words for them.
const volumeName = textInput({
  test: (text) => /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(text),
  message: "is no name of a volume",
  hint: "use letters, digits, _ . and -, beginning with a letter or digit; a directory goes into hostPath",
});

/** Schema of `VolumeArgs`. What takes several volumes to see is in `serviceRules.ts`. */
export const volumeArgs = z
  .strictObject({
    hostPath: textInput().optional(),
    volume: volumeName.optional(),
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

const environmentName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_.()-]*$/, {
    error: "is no name of an environment variable; allowed: letters, digits and _, not starting with a digit",
  })
  .regex(/^(?!WEBFARM_(REPLICA|GENERATION)$)/i, {
    error: "is the library's own name; every replica finds its name and generation there",
  });

/** What a service is, wherever it stands: alone, behind a proxy or in a farm. */
export const serviceShape = {
  image: imageReference(),
  replicas: wholeNumber(0, 500).default(1),
  ports: z.array(portArgs).default([]),
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
  rollout: z.enum(["startFirst", "stopFirst"]).default("startFirst"),
  constraints: constraints.default([]),
  generation: z
    .string()
    .regex(/^[\w.-]{1,63}$/, { error: "is no generation; allowed: letters, digits, _ . -, up to 63" })
    .default("1"),
  transform: callback<ContainerTransform>().optional(),
};

/** Where a component runs; inside a farm it stands on the farm, not on its parts. */
export const placementShape = {
  platform: platform.optional(),
  orchestrator: orchestrator.optional(),
  hostRelease: hostRelease.default(defaultRelease),
  network: textInput().optional(),
};

/** Schema of `NatServiceArgs`. */
export const natServiceSchema = z.strictObject({
  ...serviceShape,
  ...placementShape,
  farm: dnsLabel.optional(),
});

/** `NatServiceArgs` with their defaults, checked. */
export type ValidNatServiceArgs = z.infer<typeof natServiceSchema>;
