import { z } from "zod";
import { port, wholeNumber } from "./fields";

/** Schema of `HealthCheckArgs`. What excludes what is in `serviceRules.ts`. */
export const healthCheckArgs = z.strictObject({
  enabled: z.boolean().default(true),
  path: z
    .string()
    // It stands in command lines of sh, cmd and PowerShell; braces and brackets are patterns for curl.
    .regex(/^\/[\w/.~:@!*+,=?()-]*$/, {
      error:
        "is no HTTP path for a check; it starts with / and holds letters, digits and / . ~ : @ ! * + , = ? ( ) - _",
    })
    .optional(),
  port: port.optional(),
  tcpPort: port.optional(),
  command: z.string().min(1).optional(),
  intervalSeconds: z.number().min(1).max(3600).optional(),
  timeoutSeconds: z.number().min(1).max(3600).optional(),
  retries: wholeNumber(1, 100).default(3),
  startPeriodSeconds: z.number().min(0).max(3600).optional(),
});

/** `HealthCheckArgs` with their defaults, checked. */
export type ValidHealthCheck = z.infer<typeof healthCheckArgs>;
