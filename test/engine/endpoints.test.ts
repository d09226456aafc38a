import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect as connectSocket, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type Server } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../sdk/reload/endpoint";
import { exec } from "../../sdk/reload/exec";
import { prepareImages } from "../../toolchain/images";
import { EngineFixture } from "../support/engine";
import { tlsFixture } from "../support/scaleSet";

const socketPath = (process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock").replace("unix://", "");
const pair = { cert: tlsFixture("engine.crt"), key: tlsFixture("engine.key") };
const fixture = new EngineFixture();
const connections = new Set<Socket>();
let engine: Server;
let host: string;
let container: string;
let certPath: string;

/** The engine behind TLS, as a daemon with `--tlsverify` is; clients show a certificate. */
beforeAll(async () => {
  engine = createServer({ ...pair, ca: pair.cert, requestCert: true, rejectUnauthorized: true }, (client) => {
    const socket = connectSocket(socketPath);
    for (const one of [client, socket]) {
      connections.add(one);
      one.on("error", () => {
        client.destroy();
        socket.destroy();
      });
    }
    client.pipe(socket).pipe(client);
  });
  engine.listen(0);
  await once(engine, "listening");
  host = `tcp://localhost:${(engine.address() as AddressInfo).port}`;
  certPath = await mkdtemp(join(tmpdir(), "webfarm-certificates-"));
  for (const [name, text] of [
    ["ca.pem", pair.cert],
    ["cert.pem", pair.cert],
    ["key.pem", pair.key],
  ] as const) {
    await writeFile(join(certPath, name), text);
  }
  const { console: image } = await prepareImages({ docker: fixture.docker, log: () => undefined });
  container = (await fixture.start({ Image: image, Cmd: ["sleep", "300"] })).id;
});

afterAll(async () => {
  await fixture.cleanUp();
  for (const connection of connections) connection.destroy();
  engine.close();
  await rm(certPath, { recursive: true });
});

describe("the reload's client, before an engine behind TLS", () => {
  it.each([
    ["certificates as texts", () => ({ ca: pair.cert, ...pair })],
    ["a directory of certificates", () => ({ certPath })],
  ])("runs a command with input, with %s", async (_, certificates) => {
    const docker = await connect({ host, ...certificates() });
    const command = ["sh", "-c", "head -c 7 | tr a-z A-Z; echo; exit 3"];
    const result = await exec(docker.getContainer(container), command, {
      input: "webfarm",
      timeoutSeconds: 20,
    });
    expect(result).toEqual({ exitCode: 3, lines: ["WEBFARM"] });
  });

  it("fails with the words of TLS without a certificate, and does not hang", async () => {
    const docker = await connect({ host: host.replace("tcp:", "https:"), ca: pair.cert });
    await expect(docker.ping()).rejects.toThrow(/certificate|socket|ECONNRESET/i);
    const stranger = await connect({ host, ca: tlsFixture("first.crt"), ...pair });
    await expect(stranger.ping()).rejects.toThrow(/self-signed certificate/);
  });
});
