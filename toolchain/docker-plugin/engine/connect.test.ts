import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "./config";
import { connectEngine } from "./connect";
import { credentialsFor, registryOf } from "./credentials";
import { sshArguments } from "./sshConnection";

const directory = mkdtempSync(join(tmpdir(), "docker-connect-"));
const socket = join(directory, "engine.sock");
const path = process.env.PATH ?? "";
const servers: Server[] = [];

/** Stands in for `ssh HOST docker system dial-stdio`: carries its input and output to the socket. */
const SSH = `#!${process.execPath}
const [host, command] = process.argv.slice(-2);
if (host === "refused") { console.error("Permission denied (publickey)."); process.exit(255); }
if (command !== "docker system dial-stdio") process.exit(1);
const connection = require("net").connect(${JSON.stringify(socket)});
process.stdin.pipe(connection).pipe(process.stdout);
`;

async function listen(where: string | number): Promise<AddressInfo | string | null> {
  const server = createServer((request, response) => {
    response.end(request.url === "/_ping" ? "OK" : JSON.stringify({ Version: "1.2.3" }));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(where, resolve));
  return server.address();
}

beforeAll(async () => {
  await listen(socket);
  writeFileSync(join(directory, "ssh"), SSH, { mode: 0o755 });
  process.env.PATH = `${directory}${delimiter}${path}`;
});

afterAll(() => {
  process.env.PATH = path;
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(directory, { recursive: true });
});

describe("connectEngine", () => {
  it("connects through a socket", async () => {
    const { docker } = await connectEngine(readConfig({ host: `unix://${socket}` }));
    expect((await docker.version()).Version).toBe("1.2.3");
  });

  it("connects through TCP", async () => {
    const address = await listen(0);
    const port = typeof address === "object" ? address?.port : undefined;
    const { docker } = await connectEngine(readConfig({ host: `tcp://127.0.0.1:${port ?? ""}` }));
    expect((await docker.version()).Version).toBe("1.2.3");
  });

  it("connects through ssh, more than once", async () => {
    const { docker } = await connectEngine(readConfig({ host: "ssh://me@remote" }));
    const versions = await Promise.all([docker.version(), docker.version(), docker.version()]);
    expect(versions.map(({ Version }) => Version)).toEqual(["1.2.3", "1.2.3", "1.2.3"]);
  });

  it("says which endpoint does not answer, why, and what to do", async () => {
    const host = `unix://${directory}/nobody.sock`;
    await expect(connectEngine(readConfig({ host }))).rejects.toThrow(/nobody\.sock.*ENOENT.*DOCKER_HOST/s);
    await expect(connectEngine(readConfig({ host: "ssh://refused" }))).rejects.toThrow(/Permission denied/);
    await expect(connectEngine(readConfig({ host: "ftp://host" }))).rejects.toThrow(/allowed: unix:/);
  });
});

it("never takes a host for an option of ssh", () => {
  const args = sshArguments(new URL("ssh://me@-oProxyCommand=evil:22"), ["-i", "key"]);
  expect(args.slice(0, 2)).toEqual(["-i", "key"]);
  expect(args.at(-3)).toBe("--");
});

describe("registry credentials", () => {
  it("knows an image's registry", () => {
    expect(registryOf("nginx:1")).toBe("docker.io");
    expect(registryOf("andrew0928/mvcdemo:1.0")).toBe("docker.io");
    expect(registryOf("localhost/app")).toBe("localhost");
    expect(registryOf("registry.example.com:5000/shop/app:1")).toBe("registry.example.com:5000");
  });

  it("takes the provider's, or those in the configuration file that it names", async () => {
    const given = { address: "https://registry.example.com", username: "u", password: "p" };
    expect(await credentialsFor("registry.example.com/app:1", [given])).toMatchObject({ username: "u" });
    const auths = { "https://registry.example.com": { auth: Buffer.from("me:se:cret").toString("base64") } };
    const filed = { address: "registry.example.com", configFileContent: JSON.stringify({ auths }) };
    expect(await credentialsFor("registry.example.com/app:1", [filed])).toMatchObject({
      username: "me",
      password: "se:cret",
    });
    const disabled = { ...given, authDisabled: true };
    expect(await credentialsFor("registry.example.com/app:1", [disabled])).toBeUndefined();
  });
});
