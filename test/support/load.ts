import { get } from "node:http";

/** What a load saw. */
export interface LoadReport {
  ok: number;
  failed: number;
  /** Answers by `replica/generation`. */
  answers: Record<string, number>;
  /** Failures by error code or status. */
  failures: Record<string, number>;
}

/** Requests that go on, each on a connection of its own, until `stop` is called. */
export class Load {
  private readonly report: LoadReport = { ok: 0, failed: 0, answers: {}, failures: {} };
  private readonly workers: Promise<void>[];
  private stopped = false;

  /**
   * @param slowEvery every how many requests one is slow, so that requests are under way at any moment
   */
  constructor(
    private readonly url: string,
    connections: number,
    private readonly slowEvery = 100,
  ) {
    this.workers = Array.from({ length: connections }, (_, index) => this.work(index));
  }

  async stop(): Promise<LoadReport> {
    this.stopped = true;
    await Promise.all(this.workers);
    return this.report;
  }

  private async work(offset: number): Promise<void> {
    for (let request = offset; !this.stopped; request++) {
      await this.ask(request % this.slowEvery === 0 ? "/?delay=1500ms" : "/");
    }
  }

  private ask(path: string): Promise<void> {
    return new Promise((done) => {
      const end = (failure: string | undefined, answer = "") => {
        if (failure === undefined) {
          this.report.ok++;
          this.report.answers[answer] = (this.report.answers[answer] ?? 0) + 1;
        } else {
          this.report.failed++;
          this.report.failures[failure] = (this.report.failures[failure] ?? 0) + 1;
        }
        done();
      };
      const request = get(this.url + path, { agent: false, timeout: 30_000 }, (response) => {
        const { statusCode, headers } = response;
        response.resume();
        response.on("error", (error: NodeJS.ErrnoException) => {
          end(error.code ?? error.message);
        });
        response.on("end", () => {
          const answer = `${String(headers["x-webfarm-replica"])}/${String(headers["x-webfarm-generation"])}`;
          end(statusCode === 200 ? undefined : String(statusCode), answer);
        });
      });
      request.on("timeout", () => request.destroy(new Error("timeout")));
      request.on("error", (error: NodeJS.ErrnoException) => {
        end(error.code ?? error.message);
      });
    });
  }
}
