import type { PropertyMap } from "./values";

/** A failure whose message is meant for the user as it stands. */
export class ProviderError extends Error {
  override readonly name: string = "ProviderError";
}

/** The resource exists, but not as asked for. The Pulumi engine records it and replaces it next time. */
export class InitializationError extends ProviderError {
  override readonly name = "InitializationError";

  constructor(
    message: string,
    /** The bare cause, which the Pulumi engine puts into words of its own. */
    readonly reason: string,
    readonly id: string,
    readonly outputs: PropertyMap,
  ) {
    super(message);
  }
}

/** The official plugin's form of a failure. */
export function oneError(message: string): string {
  return `1 error occurred:\n\t* ${message}\n\n`;
}

interface EngineResponse {
  readonly statusCode: number;
  readonly message: string;
}

function engineResponse(error: unknown): EngineResponse | undefined {
  if (!(error instanceof Error) || !("statusCode" in error) || typeof error.statusCode !== "number") {
    return undefined;
  }
  const body = "json" in error ? error.json : undefined;
  const isReport = typeof body === "object" && body !== null && "message" in body;
  const message =
    isReport && typeof body.message === "string"
      ? body.message.trim()
      : // Of a streamed answer the client library keeps the text only, behind words of its own.
        error.message.replace(/^\(HTTP code \d+\) .*? - /s, "").trim();
  return { statusCode: error.statusCode, message };
}

export function hasStatus(error: unknown, ...statusCodes: number[]): boolean {
  const response = engineResponse(error);
  return response !== undefined && statusCodes.includes(response.statusCode);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What went wrong with a request to the Docker engine, in the words of the Docker client. */
export function engineMessage(error: unknown): string {
  const response = engineResponse(error);
  return response ? `Error response from daemon: ${response.message}` : messageOf(error);
}

/** Runs one request to the engine; its failure becomes "WHAT: Error response from daemon: ...". */
export async function engineCall<Result>(what: string, call: Promise<Result>): Promise<Result> {
  try {
    return await call;
  } catch (error) {
    throw new ProviderError(`${what}: ${engineMessage(error)}`, { cause: error });
  }
}
