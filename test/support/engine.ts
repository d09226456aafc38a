import { createServer, type AddressInfo } from "node:net";
import Docker from "dockerode";

/** What a test started on the engine, so that it can take it away again, by id. */
export class EngineFixture {
  readonly docker = new Docker();
  private readonly containers: Docker.Container[] = [];
  private readonly networks: Docker.Network[] = [];

  async network(): Promise<string> {
    const name = uniqueName("webfarm-test");
    this.networks.push(await this.docker.createNetwork({ Name: name, CheckDuplicate: true }));
    return name;
  }

  /** Starts a container; its name is unique unless given. */
  async start(options: Docker.ContainerCreateOptions): Promise<Docker.Container> {
    const container = await this.docker.createContainer({ name: uniqueName("webfarm-test"), ...options });
    this.containers.push(container);
    await container.start();
    return container;
  }

  /** The container's address in its only network. */
  async address(container: Docker.Container): Promise<string> {
    const { NetworkSettings } = await container.inspect();
    const [network] = Object.values(NetworkSettings.Networks);
    if (network === undefined) throw new Error("the container is in no network");
    return network.IPAddress;
  }

  async logs(container: Docker.Container): Promise<string> {
    return (await container.logs({ stdout: true, stderr: true })).toString("utf8");
  }

  async cleanUp(): Promise<void> {
    for (const container of this.containers.splice(0)) {
      await container.remove({ force: true, v: true }).catch(ignoreMissing);
    }
    for (const network of this.networks.splice(0)) await network.remove().catch(ignoreMissing);
  }
}

function ignoreMissing(error: unknown): void {
  if ((error as { statusCode?: number }).statusCode !== 404) throw error;
}

/** A name that no other run uses at the same time. */
export function uniqueName(stem: string): string {
  return `${stem}-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
}

/** Asks again until `check` gives something, at most `seconds` long. */
export async function eventually<T>(
  what: string,
  seconds: number,
  check: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  let last: unknown;
  do {
    try {
      const value = await check();
      if (value !== undefined) return value;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  } while (Date.now() < deadline);
  const words = last instanceof Error ? ` (at last: ${last.message})` : "";
  throw new Error(`${what}: not within ${seconds} s${words}`, { cause: last });
}

/** A port that nobody on this host holds right now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "0.0.0.0", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
