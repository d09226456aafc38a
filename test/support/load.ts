import * as http from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { TLSSocket } from "node:tls";
import { hostAddress } from "../../sdk/plan/urls";

/** What a load saw. */
export interface LoadReport {
  ok: number;
  failed: number;
  /** Requests sent again because the proxy had closed an idle kept connection, as nginx does on a reload. */
  retried: number;
  /** Answers by `replica/generation`. */
  answers: Record<string, number>;
  /** Failures by error code or status; `wrong` is an answer that no replica gives. */
  failures: Record<string, number>;
  /** When and after how long the first failure came: what to look for in the containers' logs. */
  firstFailure?: string;
  /** All failures in the order of their ends. */
  failedRequests: FailedRequest[];
}

/** A request that failed, with its begin and its end in milliseconds since 1970. */
export interface FailedRequest {
  failure: string;
  from: number;
  to: number;
}

/** How many clients of each kind a load has. */
export interface LoadShape {
  /** Clients that open a connection for each request. */
  fresh: number;
  /** Clients that keep their connection. */
  kept?: number;
  /** Clients whose every request takes some seconds, on a connection of its own. */
  slow?: number;
  /** How long each client rests after an answer, where the load itself is not what is tested. @default 0 */
  restMs?: number;
}

/**
 * The machine to ask for a URL's host. What comes to `localhost` is passed on by a program of the engine, on
 * connections that each keep a port of this machine busy for a minute; the engine then finds none for its next
 * containers ("address already in use").
 */
function machineOf({ hostname }: URL): string {
  return hostname === "localhost" ? hostAddress(undefined) : hostname;
}

const slowPath = "/?delay=2s";
const emptyReport = (): LoadReport => ({
  ok: 0,
  failed: 0,
  retried: 0,
  answers: {},
  failures: {},
  failedRequests: [],
});

/** Requests that go on until `stop` is called. */
export class Load {
  private report = emptyReport();
  private readonly workers: Promise<void>[];
  private stopped = false;

  constructor(
    private readonly url: string,
    { fresh, kept = 0, slow = 0, restMs = 0 }: LoadShape,
  ) {
    const workers = (count: number, work: () => Promise<void>) => Array.from({ length: count }, work);
    this.workers = [
      ...workers(fresh, () => this.work("/", false, restMs)),
      ...workers(kept, () => this.work("/", true, restMs)),
      ...workers(slow, () => this.work(slowPath, false, restMs)),
    ];
  }

  /** What was seen since the last `take`. */
  take(): LoadReport {
    const report = this.report;
    this.report = emptyReport();
    return report;
  }

  async stop(): Promise<LoadReport> {
    this.stopped = true;
    await Promise.all(this.workers);
    return this.take();
  }

  private async work(path: string, keep: boolean, restMs: number): Promise<void> {
    const Agent = this.url.startsWith("https:") ? https.Agent : http.Agent;
    let agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!this.stopped) {
      // An agent that keeps connections does not end them, so that they can be reset instead.
      if (!keep) agent = new Agent({ keepAlive: true });
      const started = Date.now();
      const outcome = await this.ask(path, agent, keep);
      if (outcome === "closed while idle") this.report.retried++;
      else this.count(outcome);
      if (typeof outcome === "object" && "failure" in outcome) {
        const [from, to] = [started, Date.now()];
        this.report.failedRequests.push({ failure: outcome.failure, from, to });
        this.report.firstFailure ??= `${outcome.failure} at ${new Date(to).toISOString()}, ${to - from} ms after ${keep ? "kept" : "fresh"} GET ${path}`;
      }
      if (restMs > 0) await sleep(restMs);
    }
    agent.destroy();
  }

  private count(outcome: { answer: string } | { failure: string }): void {
    const add = (table: Record<string, number>, key: string) => (table[key] = (table[key] ?? 0) + 1);
    if ("answer" in outcome) {
      this.report.ok++;
      add(this.report.answers, outcome.answer);
    } else {
      this.report.failed++;
      add(this.report.failures, outcome.failure);
    }
  }

  private ask(
    path: string,
    agent: http.Agent,
    keep: boolean,
  ): Promise<{ answer: string } | { failure: string } | "closed while idle"> {
    const { get } = this.url.startsWith("https:") ? https : http;
    const url = new URL(this.url);
    const options = {
      hostname: machineOf(url),
      headers: { host: url.host },
      agent,
      timeout: 30_000,
      rejectUnauthorized: false,
    };
    return new Promise((done) => {
      const request = get(this.url + path, options, (response) => {
        // Node takes the socket off the response at its end.
        const { socket } = response;
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => (body += part));
        response.on("error", (error: NodeJS.ErrnoException) => {
          done({ failure: error.code ?? error.message });
        });
        response.on("end", () => {
          if (!keep) drop(socket, response.headers.connection === "close");
          done(judge(response, body));
        });
      });
      request.on("timeout", () => request.destroy(new Error("timeout")));
      request.on("error", (error: NodeJS.ErrnoException) => {
        const idle = request.reusedSocket && ["ECONNRESET", "EPIPE"].includes(error.code ?? "");
        done(idle ? "closed while idle" : { failure: error.code ?? error.message });
      });
    });
  }
}

function judge({ statusCode, headers }: http.IncomingMessage, body: string) {
  if (statusCode !== 200) return { failure: String(statusCode) };
  const replica = String(headers["x-webfarm-replica"]);
  const isWhole = body.startsWith(`hello from ${replica} `) && body.endsWith("\n");
  return isWhole ? { answer: `${replica}/${String(headers["x-webfarm-generation"])}` } : { failure: "wrong" };
}

/** A connection closed in order would keep its port busy for a minute, and a load runs out of ports. */
function drop(socket: Socket, isClosing: boolean): void {
  // Node cannot reset what is wrapped into TLS, nor what it has begun to close.
  if (isClosing || socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}
