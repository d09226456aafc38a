import { Agent, request, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import type { Readable } from "node:stream";
import { EngineRefusal } from "./api";

/** Where the Linux engine listens. */
export type EnginePlace = { socketPath: string } | { host: string; port: number };

/** What the front sends to the engine below. */
export interface EngineRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: IncomingHttpHeaders | undefined;
  readonly body?: Readable | Buffer | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The Linux engine below: plain HTTP, one connection a request, as its own clients do for what streams. */
export class Engine {
  // A connection that the engine closes while it is kept for later would fail the request that takes it.
  readonly #agent = new Agent({ keepAlive: false });

  constructor(readonly place: EnginePlace) {}

  /** Sends a request and resolves at the answer's head. */
  send({ method, path, headers, body, signal }: EngineRequest): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const outgoing = request({
        ...this.place,
        method,
        path,
        headers: { host: "docker", ...headers },
        agent: this.#agent,
        ...(signal && { signal }),
      });
      outgoing.on("response", resolve);
      outgoing.on("error", reject);
      if (body === undefined || Buffer.isBuffer(body)) outgoing.end(body);
      else {
        body.on("error", (error) => outgoing.destroy(error));
        body.pipe(outgoing);
      }
    });
  }

  /** Asks for JSON; an answer of 400 and more is thrown as the engine says it. */
  async json<T>(method: string, path: string, body?: object): Promise<T> {
    const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = content && {
      "content-type": "application/json",
      "content-length": String(content.length),
    };
    const answer = await this.send({ method, path, headers, body: content });
    const text = (await buffer(answer)).toString("utf8");
    const status = answer.statusCode ?? 500;
    if (status >= 400) throw new EngineRefusal(status, messageOf(text));
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  /** A connection for what stops being HTTP: attach, exec. */
  open(): Socket {
    return "socketPath" in this.place
      ? connect({ path: this.place.socketPath, allowHalfOpen: true })
      : connect({ ...this.place, allowHalfOpen: true });
  }
}

/** The engine's own words in an answer of 400 and more. */
export function messageOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: string };
    return message ?? text;
  } catch {
    return text;
  }
}
