import type { Engine } from "../engine/connection";
import type { FarmFilter } from "../engine/farmContainers";
import { follow } from "../logs/follow";
import { lookAtFarms } from "../status/status";
import type { FarmStatus, StatusReport } from "../status/report";
import { loggedRequest, TrafficWindow, type ProxyTraffic } from "./traffic";

/** What the page shows, as `/status.json` has it. */
export interface PageReport extends StatusReport {
  /** When the engine was asked, in ISO 8601. */
  time: string;
  /** Version of the command that asked. */
  version: string;
  farms: (FarmStatus & {
    /** Undefined where the proxy's log does not go to the engine, as on Windows. */
    traffic?: ProxyTraffic;
  })[];
}

/** Looks at farms again and again, and counts what their proxies' logs tell meanwhile. */
export class FarmWatch {
  readonly #windows = new Map<string, TrafficWindow>();
  readonly #end = new AbortController();
  #look: Promise<PageReport> | undefined;

  constructor(
    private readonly engine: Engine,
    private readonly filter: FarmFilter,
    private readonly version: string,
  ) {}

  /** A look at the farms; whoever asks while one is under way gets that one. */
  look(): Promise<PageReport> {
    this.#look ??= this.#lookNow().finally(() => (this.#look = undefined));
    return this.#look;
  }

  /** Ends all that goes on beside the looks. */
  close(): void {
    this.#end.abort();
  }

  async #lookNow(): Promise<PageReport> {
    const report = await lookAtFarms(this.engine, this.filter);
    const now = new Date();
    const farms = report.farms.map((farm) => {
      const traffic = farm.proxy === undefined ? undefined : this.#traffic(farm.proxy.container, now);
      return { ...farm, ...(traffic === undefined ? {} : { traffic }) };
    });
    return { time: now.toISOString(), version: this.version, ...report, farms };
  }

  #traffic(container: string, now: Date): ProxyTraffic | undefined {
    if (!this.engine.traits.proxy.logsToEngine) return undefined;
    let window = this.#windows.get(container);
    if (window === undefined) {
      window = new TrafficWindow();
      this.#windows.set(container, window);
      this.#follow(container, window, Math.floor(now.getTime() / 1000) - 60);
    }
    return window.read(now.getTime());
  }

  /** Follows a log until its end; the next look then begins anew, should the container run again. */
  #follow(container: string, window: TrafficWindow, since: number): void {
    const over = () => void this.#windows.delete(container);
    const options = { since, abortSignal: this.#end.signal };
    follow(this.engine.docker, { container }, options, ({ time, line }) => {
      const request = loggedRequest(line);
      if (request !== undefined) window.add(request, Date.parse(time));
    }).then((log) => log.on("end", over).on("error", over), over);
  }
}
