import { setTimeout as sleep } from "node:timers/promises";
import { ProviderError } from "./errors";

/** Calls `probe` until it answers something else than undefined; undefined when the time is over. */
export async function poll<Result>(
  probe: () => Promise<Result | undefined>,
  options: { readonly intervalMs: number; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Result | undefined> {
  const deadline = Date.now() + options.timeoutMs;
  for (;;) {
    const result = await probe();
    if (result !== undefined) return result;
    const left = deadline - Date.now();
    if (left <= 0) return undefined;
    await pause(Math.min(options.intervalMs, left), options.signal);
  }
}

export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch {
    throw new ProviderError("cancelled on the request of the Pulumi engine; run the command again to go on");
  }
}

/** Fails with `message` when the promise takes longer. The work itself goes on unobserved. */
export async function within<Result>(
  milliseconds: number,
  message: string,
  work: Promise<Result>,
): Promise<Result> {
  const timer = new AbortController();
  const expiry = sleep(milliseconds, undefined, { signal: timer.signal }).then(() => {
    throw new ProviderError(message);
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    timer.abort();
    expiry.catch(() => undefined);
    work.catch(() => undefined);
  }
}
