import { createServer } from "node:net";
import type Docker from "dockerode";
import { bounded } from "./bounded";

/** Who has a port of the engine's host. */
export interface PortHolder {
  /** For a person: `the container shop-proxy-1`. */
  name: string;
  /** The container's labels; of another program none. */
  labels: Readonly<Record<string, string>>;
}

/**
 * Who has a port of the host; undefined when it is free, as far as can be told from here.
 *
 * @param local whether the engine's host is this one
 */
export async function portHolder(
  docker: Docker,
  port: number,
  local: boolean,
): Promise<PortHolder | undefined> {
  const containers = await bounded(docker.listContainers(), 15);
  const holder = containers.find(({ Ports }) => Ports.some(({ PublicPort }) => PublicPort === port));
  if (holder !== undefined) {
    const name = (holder.Names[0] ?? holder.Id).replace(/^\//, "");
    return { name: `the container ${name}`, labels: holder.Labels };
  }
  return local && (await isTaken(port)) ? { name: "another program on this host", labels: {} } : undefined;
}

/** Whether something on this host listens on a port; a port that we may not open counts as free. */
function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code === "EADDRINUSE");
    });
    server.listen(port, "0.0.0.0", () => {
      server.close(() => {
        resolve(false);
      });
    });
  });
}
