import { setTimeout as sleep } from "node:timers/promises";
import { get } from "node:http";
import { SetupError } from "../setup/errors";

const LIMIT_SECONDS = 60;
const REQUEST_SECONDS = 10;
const PAUSE_MILLISECONDS = 100;

/** Asks once, on a connection of its own; the name of the replica that answered, or what went wrong. */
export type Ask = (url: string) => Promise<{ replica: string } | { failure: string }>;

export const askOverHttp: Ask = (url) =>
  new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: REQUEST_SECONDS * 1000 }, (response) => {
      response.resume();
      const replica = response.headers["x-webfarm-replica"];
      resolve(
        typeof replica === "string"
          ? { replica }
          : { failure: `status ${response.statusCode ?? 0} without the header X-Webfarm-Replica` },
      );
    });
    request.on("timeout", () => request.destroy(new Error(`no answer within ${REQUEST_SECONDS} s`)));
    request.on("error", (error) => {
      resolve({ failure: error.message });
    });
  });

/** Asks the proxy until every replica has answered; fails when one never does. */
export async function allReplicasAnswer(
  url: string,
  replicas: readonly string[],
  ask: Ask = askOverHttp,
  limitSeconds = LIMIT_SECONDS,
): Promise<string[]> {
  const deadline = Date.now() + limitSeconds * 1000;
  const seen = new Set<string>();
  let requests = 0;
  let lastFailure = "";
  while (replicas.some((name) => !seen.has(name))) {
    if (Date.now() > deadline) {
      const missing = replicas.filter((name) => !seen.has(name)).join(", ");
      const failed = lastFailure === "" ? "" : `; the last failure: ${lastFailure}`;
      throw new SetupError(
        `through ${url} no answer came from ${missing} within ${limitSeconds} s (${requests} requests${failed})`,
        "Look at the containers with `docker ps --all` and at the proxy's log with `docker logs`.",
      );
    }
    requests += 1;
    const answer = await ask(url);
    if ("replica" in answer) seen.add(answer.replica);
    else {
      lastFailure = answer.failure;
      await sleep(PAUSE_MILLISECONDS);
    }
  }
  return [...replicas];
}
