/** A request as the proxy's access log has it. */
export interface LoggedRequest {
  /** What the client got. */
  status: number;
  /** From the first byte of the request to the last one of the answer. */
  milliseconds: number;
  /** Address and port of each replica that was asked, in turn; the last one answered. */
  asked: string[];
}

/** How requests of the last minute went. */
export interface Traffic {
  requests: number;
  /** Answered with a status of 500 or more. */
  failed: number;
  /** Half of the requests took no longer, in milliseconds; undefined without requests. */
  median?: number;
  /** 95 of 100 took no longer. */
  slow?: number;
}

/** The traffic of a proxy in the last minute. */
export interface ProxyTraffic extends Traffic {
  /** Requests in each of the last 60 seconds, the oldest first. */
  perSecond: number[];
  /** By the address of the replica that answered. */
  replicas: Record<string, Traffic>;
}

const seconds = 60;

/** A line of the access log; undefined for any other line. Pure. */
export function loggedRequest(line: string): LoggedRequest | undefined {
  // nginx writes a quote of the request as \x22.
  const match = /^\S+ \[[^\]]+\] "[^"]*" (\d{3}) \d+ upstream=(.+) upstream_status=.+ time=([\d.]+)$/.exec(
    line,
  );
  if (match === null) return undefined;
  const [, status, asked = "", time] = match;
  return {
    status: Number(status),
    milliseconds: Number(time) * 1000,
    // "a:80, b:80" are tries, "a:80 : b:80" a redirect inside nginx.
    asked: asked.split(/, | : /).filter((address) => /:\d+$/.test(address)),
  };
}

interface Tally {
  failed: number;
  milliseconds: number[];
}

/** What came in one second: all of it, and by replica. */
interface Second {
  all: Tally;
  replicas: Map<string, Tally>;
}

/** The requests of the last minute, counted as they come. */
export class TrafficWindow {
  readonly #seconds = new Map<number, Second>();

  /** @param time of the request, in milliseconds since 1970 */
  add({ status, milliseconds, asked }: LoggedRequest, time: number): void {
    const second = entry(this.#seconds, Math.floor(time / 1000), () => ({
      all: emptyTally(),
      replicas: new Map<string, Tally>(),
    }));
    const address = asked.at(-1)?.replace(/:\d+$/, "");
    const tallies = address === undefined ? [] : [entry(second.replicas, address, emptyTally)];
    for (const tally of [second.all, ...tallies]) {
      tally.milliseconds.push(milliseconds);
      if (status >= 500) tally.failed++;
    }
  }

  /** What came in the minute before `now`, in milliseconds since 1970; what is older is forgotten. */
  read(now: number): ProxyTraffic {
    const last = Math.floor(now / 1000);
    for (const second of this.#seconds.keys()) if (second <= last - seconds) this.#seconds.delete(second);
    const kept = [...this.#seconds.values()];
    const addresses = new Set(kept.flatMap(({ replicas }) => [...replicas.keys()]));
    return {
      ...trafficOf(kept.map(({ all }) => all)),
      perSecond: Array.from(
        { length: seconds },
        (_, index) => this.#seconds.get(last - seconds + 1 + index)?.all.milliseconds.length ?? 0,
      ),
      replicas: Object.fromEntries(
        [...addresses].map((address) => [
          address,
          trafficOf(kept.flatMap(({ replicas }) => replicas.get(address) ?? [])),
        ]),
      ),
    };
  }
}

const emptyTally = (): Tally => ({ failed: 0, milliseconds: [] });

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

function trafficOf(tallies: readonly Tally[]): Traffic {
  const times = tallies.flatMap(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  const median = quantile(times, 0.5);
  const slow = quantile(times, 0.95);
  return {
    requests: times.length,
    failed: tallies.reduce((sum, { failed }) => sum + failed, 0),
    ...(median === undefined || slow === undefined ? {} : { median, slow }),
  };
}

/** The smallest value that this part of the sorted values does not exceed. */
function quantile(sorted: readonly number[], part: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)];
}
