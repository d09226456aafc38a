import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { buffer } from "node:stream/consumers";
import { Transform, type Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { without, type JsonObject } from "./api";
import type { Engine } from "./engine";
import type { FrontIdentity } from "./identity";

/** One request of a client and its answer. */
export class Exchange {
  readonly method: string;
  /** The version that the client put before the path, such as `/v1.41`; the engine below gets the same. */
  readonly version: string;
  /** The path without it. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly #aborted = new AbortController();

  constructor(
    private readonly incoming: IncomingMessage,
    private readonly outgoing: ServerResponse,
    private readonly engine: Engine,
    private readonly identity: FrontIdentity,
  ) {
    const url = new URL(incoming.url ?? "/", "http://docker");
    const [, version = "", path = "/"] = /^(\/v\d+\.\d+)?(\/.*)?$/.exec(url.pathname) ?? [];
    this.method = incoming.method ?? "GET";
    this.version = version;
    this.path = path;
    this.query = url.searchParams;
    // A client that goes away ends what runs for it below: logs, events, waits.
    outgoing.on("close", () => {
      if (!outgoing.writableFinished) this.#aborted.abort();
    });
  }

  /** The body as it comes. */
  get body(): Readable {
    return this.incoming;
  }

  get headers(): IncomingHttpHeaders {
    return this.incoming.headers;
  }

  async json<T extends object>(): Promise<T> {
    const text = (await buffer(this.incoming)).toString("utf8");
    return (text.trim() === "" ? {} : JSON.parse(text)) as T;
  }

  /** The path below with this exchange's version and query. */
  pathBelow(path = this.path): string {
    const query = this.query.toString();
    return `${this.version}${path}${query === "" ? "" : `?${query}`}`;
  }

  /** Sends the request on, with another path or body where given. */
  send(change: { path?: string; body?: Readable | object; method?: string } = {}): Promise<IncomingMessage> {
    const headers = without(this.headers, "host", "connection", "content-length", "transfer-encoding");
    const path = this.pathBelow(change.path);
    const method = change.method ?? this.method;
    const signal = this.#aborted.signal;
    if (change.body === undefined) {
      const all = without(this.headers, "host", "connection");
      return this.engine.send({ method, path, headers: all, body: this.incoming, signal });
    }
    if (isStream(change.body)) {
      const chunked = { ...headers, "transfer-encoding": "chunked" };
      return this.engine.send({ method, path, headers: chunked, body: change.body, signal });
    }
    const content = Buffer.from(JSON.stringify(change.body));
    const json = { "content-type": "application/json", "content-length": String(content.length) };
    return this.engine.send({ method, path, headers: { ...headers, ...json }, body: content, signal });
  }

  /** Sends the request on and answers with its JSON, changed where it is no failure. */
  async passJson(show: (below: never) => unknown, change?: Parameters<Exchange["send"]>[0]): Promise<void> {
    const answer = await this.send(change);
    const text = (await buffer(answer)).toString("utf8");
    const status = answer.statusCode ?? 500;
    if (status >= 400 || text === "") this.#end(answer, this.identity.hide(text));
    else this.#end(answer, this.identity.hide(JSON.stringify(show(JSON.parse(text) as never))));
  }

  /** Sends the request on and answers as the engine below does, without the front's names. */
  pass(change?: Parameters<Exchange["send"]>[0]): Promise<void> {
    return this.passJson((below) => below, change);
  }

  /** Sends the request on and passes the answer through as it comes. */
  async stream(change?: Parameters<Exchange["send"]>[0]): Promise<void> {
    await this.relay(await this.send(change));
  }

  /** Passes an answer of the engine through as it comes, by lines of JSON where they are to be changed. */
  async relay(answer: IncomingMessage, line?: (text: string) => string | undefined): Promise<void> {
    this.#head(answer);
    // What a client takes over as a raw stream must not be cut into chunks.
    if (/vnd\.docker\.(raw|multiplexed)-stream/.test(answer.headers["content-type"] ?? ""))
      this.outgoing.useChunkedEncodingByDefault = false;
    this.outgoing.flushHeaders();
    try {
      if (line === undefined) await pipeline(answer, this.outgoing);
      else await pipeline(answer, byLines(line), this.outgoing);
    } catch (error) {
      // The client went away, or the engine did: there is nobody left to tell.
      if (!this.outgoing.destroyed) this.outgoing.destroy(error as Error);
    }
  }

  answer(status: number, body?: JsonObject | readonly unknown[]): void {
    const text = body === undefined ? "" : this.identity.hide(JSON.stringify(body));
    this.outgoing.writeHead(status, {
      ...(text !== "" && { "content-type": "application/json" }),
      "content-length": Buffer.byteLength(text),
      server: "Docker (windows)",
      ostype: "windows",
    });
    this.outgoing.end(text);
  }

  get answered(): boolean {
    return this.outgoing.headersSent;
  }

  #end(answer: IncomingMessage, text: string): void {
    this.#head(answer);
    this.outgoing.removeHeader("transfer-encoding");
    // An answer to HEAD has the length of what it does not carry.
    if (this.method !== "HEAD" && answer.statusCode !== 204 && answer.statusCode !== 304)
      this.outgoing.setHeader("content-length", Buffer.byteLength(text));
    this.outgoing.end(text);
  }

  #head(answer: IncomingMessage): void {
    this.outgoing.statusCode = answer.statusCode ?? 500;
    for (const [name, value] of Object.entries(answer.headers)) {
      if (value !== undefined && !["connection", "transfer-encoding"].includes(name))
        this.outgoing.setHeader(name, value);
    }
    this.outgoing.setHeader("ostype", "windows");
    const server = String(answer.headers.server ?? "").replace("(linux)", "(windows)");
    if (server !== "") this.outgoing.setHeader("server", server);
    // BuildKit is not part of Windows engines.
    if (answer.headers["builder-version"] !== undefined) this.outgoing.setHeader("builder-version", "1");
  }
}

function isStream(body: Readable | object): body is Readable {
  return "pipe" in body;
}

/** Cuts a stream of JSON at its line ends. */
function byLines(line: (text: string) => string | undefined): Transform {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const convert = (text: string): string => {
    if (text.trim() === "") return "";
    const shown = line(text);
    return shown === undefined ? "" : `${shown}\n`;
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const lines = (rest + decoder.write(chunk)).split("\n");
      rest = lines.pop() ?? "";
      done(null, lines.map(convert).join(""));
    },
    flush(done) {
      done(null, convert(rest));
    },
  });
}
