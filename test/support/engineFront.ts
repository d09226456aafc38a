import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";

/** What the front does to a request; undefined lets it through. */
export type Fault = (request: string) => "hang" | "cut" | "500" | { delayMs: number } | undefined;

/** A front of an engine that can be as bad as an engine can be. */
export class EngineFront {
  readonly docker: Docker;
  /** For DOCKER_HOST. */
  readonly host: string;
  /** Requests that were not let through as they were. */
  struck = 0;
  private fault: Fault = () => undefined;
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  private constructor(
    private readonly directory: string,
    private readonly socketPath: string,
    private readonly behind: { host: string; docker: Docker },
  ) {
    this.host = `unix://${socketPath}`;
    // The test itself looks at the engine behind.
    this.docker = behind.docker;
  }

  /** In front of the engine of the tests, or of another one. */
  static async open(behind = engineOfTheTests()): Promise<EngineFront> {
    const directory = await mkdtemp(join(tmpdir(), "webfarm-front-"));
    const front = new EngineFront(directory, join(directory, "docker.sock"), behind);
    await front.listen();
    return front;
  }

  /** From now on; without a fault everything goes through. */
  suffer(fault: Fault = () => undefined): void {
    this.fault = fault;
    this.struck = 0;
  }

  async listen(): Promise<void> {
    this.server = createServer((client) => {
      this.accept(client);
    }).listen(this.socketPath);
    await once(this.server, "listening");
  }

  /** Refuses every connection, and cuts those that there are. */
  async refuse(): Promise<void> {
    const closed = new Promise((resolve) => this.server?.close(resolve));
    this.cutAll();
    await closed;
  }

  cutAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    await this.refuse();
    await rm(this.directory, { recursive: true });
  }

  private accept(client: Socket): void {
    const engine = connect(this.behind.host.replace("unix://", ""));
    const end = () => {
      client.destroy();
      engine.destroy();
    };
    for (const socket of [client, engine]) {
      this.sockets.add(socket);
      socket.on("error", end).on("close", () => {
        this.sockets.delete(socket);
        end();
      });
    }
    engine.pipe(client);
    client.on("data", (part: Buffer) => {
      const request = /^[A-Z]+ \S+(?= HTTP\/1\.1\r\n)/.exec(part.subarray(0, 2000).toString("latin1"))?.[0];
      const fault = request === undefined ? undefined : this.fault(request);
      if (fault !== undefined) this.struck++;
      if (fault === undefined) engine.write(part);
      else if (fault === "cut") end();
      else if (fault === "500") client.end(internalError);
      else if (fault !== "hang") setTimeout(() => engine.write(part), fault.delayMs);
    });
  }
}

function engineOfTheTests() {
  return { host: process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock", docker: new Docker() };
}

const body = JSON.stringify({ message: "the front has no mercy" });
const internalError = [
  "HTTP/1.1 500 Internal Server Error",
  "Content-Type: application/json",
  "Connection: close",
  `Content-Length: ${body.length}`,
  "",
  body,
].join("\r\n");
