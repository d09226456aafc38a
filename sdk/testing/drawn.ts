import { createHash } from "node:crypto";

/**
 * The name that the mocks give a container or network whose program gives none: `webapp-1-d748f5f`. The real
 * plugin draws other digits at each creation; here they follow from the resource's name, so that a test sees
 * the same ones in every run.
 */
export function drawnName(resourceName: string): string {
  return `${resourceName}-${hexDigits(resourceName, 7)}`;
}

/** As many hexadecimal digits as wanted, up to 64, that follow from a text. */
export function hexDigits(text: string, count: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, count);
}
