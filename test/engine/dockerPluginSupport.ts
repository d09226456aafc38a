import type Docker from "dockerode";
import { createServer } from "node:net";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";
import { connectEngine } from "../../toolchain/docker-plugin/engine/connect";
import { type RunningServer, serveProvider } from "../../toolchain/docker-plugin/server";
import { RecordingClient } from "../../toolchain/docker-plugin/testing/client";
import { prepareImages } from "../../toolchain/images";
import { eventually } from "../support/engine";

export interface Plugin {
  readonly server: RunningServer;
  readonly client: RecordingClient;
  stop(): void;
}

/** The plugin, connected to an engine; to that of the environment unless given. */
export async function startPlugin(host?: string): Promise<Plugin> {
  const server = await serveProvider({ connect: connectEngine, version: "5.2.0" });
  const client = new RecordingClient(server.port);
  await client.call("Configure", { args: host === undefined ? {} : { host } });
  return {
    server,
    client,
    stop: () => {
      client.close();
      server.stop();
    },
  };
}

/** An image with busybox and a directory to serve, as the recordings used it. */
export async function makeImage(docker: Docker, repository: string): Promise<string> {
  const { console: busybox } = await prepareImages({ docker, log: () => undefined });
  const archive = pack();
  archive.entry({ name: "Dockerfile" }, `FROM ${busybox}\nRUN mkdir -p /www\n`);
  archive.finalize();
  const name = `${repository}:1`;
  const dockerfile = Readable.from([await buffer(archive)]);
  const progress = await docker.buildImage(dockerfile, { t: name, forcerm: true });
  await buffer(progress);
  return name;
}

/** Takes away all that carries the test's own prefix in its name. */
export async function removeAll(docker: Docker, prefix: string): Promise<void> {
  const named = { filters: { name: [prefix] } };
  for (const { Id } of await docker.listContainers({ all: true, ...named })) {
    await docker.getContainer(Id).remove({ force: true, v: true });
  }
  for (const { Id } of await docker.listNetworks(named)) {
    // The engine disconnects a removed container a moment later.
    await eventually("the network can be removed", 10, async () => {
      await docker.getNetwork(Id).remove();
      return true;
    });
  }
  for (const { Name } of (await docker.listVolumes(named)).Volumes) await docker.getVolume(Name).remove();
  const images = await docker.listImages({ filters: { reference: [`${prefix}*`, `${prefix}*/*`] } });
  for (const tag of images.flatMap((image) => image.RepoTags ?? [])) await docker.getImage(tag).remove();
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
