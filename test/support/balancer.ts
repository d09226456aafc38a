import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { pipeline } from "node:stream";

const connectMs = 1000;

/** Where a connection goes. */
export interface BalancerTarget {
  readonly host: string;
  readonly port: number;
}

/**
 * What stands before the nodes of a swarm at a real site: takes connections and hands each to the next node in
 * turn that accepts it. It does not look into them, and what a node has accepted stays with it.
 */
export class Balancer {
  private next = 0;
  private readonly open = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly targets: readonly BalancerTarget[],
  ) {
    server.on("connection", (client) => {
      this.keep(client);
      this.hand(client, this.targets.length);
    });
  }

  static async start(targets: readonly BalancerTarget[]): Promise<Balancer> {
    // Data that comes before there is a node waits.
    const server = createServer({ pauseOnConnect: true });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Balancer(server, targets);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.open) socket.destroy();
    await closed;
  }

  private hand(client: Socket, tries: number): void {
    const target = this.targets[this.next++ % this.targets.length];
    if (target === undefined || tries === 0) {
      client.destroy();
      return;
    }
    const node = connect({ ...target, timeout: connectMs });
    const again = () => {
      node.destroy();
      if (!client.destroyed) this.hand(client, tries - 1);
    };
    node.once("error", again).once("timeout", again);
    node.once("connect", () => {
      node.off("error", again).off("timeout", again).setTimeout(0);
      this.keep(node);
      // A connection that one side resets is reset on the other.
      pipeline(client, node, () => client.resetAndDestroy());
      pipeline(node, client, () => node.resetAndDestroy());
    });
  }

  private keep(socket: Socket): void {
    this.open.add(socket);
    socket.on("error", () => undefined).on("close", () => this.open.delete(socket));
  }
}
