import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "./config";
import { resolveEndpoint } from "./endpoint";

const directory = mkdtempSync(join(tmpdir(), "docker-config-"));
const environment = { DOCKER_CONFIG: directory };

beforeAll(() => {
  const id = createHash("sha256").update("remote").digest("hex");
  mkdirSync(join(directory, "contexts", "meta", id), { recursive: true });
  const metadata = { Name: "remote", Endpoints: { docker: { Host: "ssh://me@remote.example.com" } } };
  writeFileSync(join(directory, "contexts", "meta", id, "meta.json"), JSON.stringify(metadata));
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

describe("resolveEndpoint", () => {
  it("takes the provider's host before DOCKER_HOST", () => {
    const config = readConfig({ host: "tcp://192.0.2.1:2375" });
    expect(resolveEndpoint(config, { ...environment, DOCKER_HOST: "unix:///other" }).url).toBe(
      "tcp://192.0.2.1:2375",
    );
    expect(resolveEndpoint(readConfig({}), { ...environment, DOCKER_HOST: "unix:///other" }).url).toBe(
      "unix:///other",
    );
  });

  it("takes a context before a host, and the Docker CLI's current one last", () => {
    const config = readConfig({ host: "tcp://192.0.2.1:2375", context: "remote" });
    expect(resolveEndpoint(config, environment).url).toBe("ssh://me@remote.example.com");
    expect(resolveEndpoint(readConfig({}), environment).url).toMatch(/^(unix|npipe):/);
    writeFileSync(join(directory, "config.json"), JSON.stringify({ currentContext: "remote" }));
    expect(resolveEndpoint(readConfig({}), environment).url).toBe("ssh://me@remote.example.com");
  });

  it("says which context is missing", () => {
    expect(() => resolveEndpoint(readConfig({ context: "nowhere" }), environment)).toThrow(/"nowhere"/);
  });

  it("reads TLS material from the settings or from a directory", () => {
    const given = readConfig({
      host: "tcp://h:1",
      caMaterial: "CA",
      certMaterial: "CERT",
      keyMaterial: "KEY",
    });
    expect(resolveEndpoint(given, environment).tls).toEqual({ ca: "CA", cert: "CERT", key: "KEY" });
    for (const file of ["ca", "cert", "key"]) writeFileSync(join(directory, `${file}.pem`), file);
    const path = readConfig({ host: "tcp://h:1", certPath: directory });
    expect(resolveEndpoint(path, environment).tls).toEqual({ ca: "ca", cert: "cert", key: "key" });
    const empty = readConfig({ host: "tcp://h:1", certPath: join(directory, "contexts") });
    expect(() => resolveEndpoint(empty, environment)).toThrow(/ca\.pem, cert\.pem and key\.pem/);
  });
});

describe("readConfig", () => {
  it("decodes the settings that travel as JSON", () => {
    const registryAuth = JSON.stringify([{ address: "registry.example.com", username: "u", password: "p" }]);
    const config = readConfig({ registryAuth, sshOpts: '["-i","key"]', disableDockerDaemonCheck: "true" });
    expect(config.registryAuth).toMatchObject([{ address: "registry.example.com", username: "u" }]);
    expect(config.sshOpts).toEqual(["-i", "key"]);
    expect(config.disableDockerDaemonCheck).toBe(true);
  });
});
