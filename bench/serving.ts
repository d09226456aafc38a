const limitSeconds = 120;

/**
 * Asks a proxy until so many replicas have answered, each request on a connection of its own.
 *
 * @throws Error when not all have within two minutes
 */
export async function untilAllServe(url: string, replicas: number): Promise<Map<string, number>> {
  const deadline = performance.now() + limitSeconds * 1000;
  const firstAnswers = new Map<string, number>();
  while (firstAnswers.size < replicas) {
    if (performance.now() > deadline) {
      throw new Error(`only ${[...firstAnswers.keys()].join(", ")} answered within ${limitSeconds} s`);
    }
    const replica = await whoAnswers(url);
    if (replica === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    else if (!firstAnswers.has(replica)) firstAnswers.set(replica, performance.now());
  }
  return firstAnswers;
}

async function whoAnswers(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(url, {
      headers: { connection: "close" },
      signal: AbortSignal.timeout(5000),
    });
    await answer.text();
    if (answer.status !== 200) return undefined;
    // Our replicas share a host name, compose's have no replica's name.
    return `${answer.headers.get("x-webfarm-replica")} ${answer.headers.get("x-webfarm-host")}`;
  } catch {
    // Not there yet.
    return undefined;
  }
}
