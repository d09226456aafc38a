import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  chosenEndpoint,
  defaultEndpoint,
  endpointEnvironment,
  isLocal,
  type ReadText,
} from "./dockerContext";
import { noEngineError } from "./dockerEngine";

const id = createHash("sha256").update("lab").digest("hex");
const meta = (docker: object): string => JSON.stringify({ Name: "lab", Metadata: {}, Endpoints: { docker } });
const from =
  (files: Record<string, string>): ReadText =>
  (file) =>
    files[file];

const labFiles = {
  "/home/me/.docker/config.json": JSON.stringify({ currentContext: "lab", auths: {} }),
  [`/home/me/.docker/contexts/meta/${id}/meta.json`]: meta({ Host: "tcp://lab:2376", SkipTLSVerify: false }),
  [`/home/me/.docker/contexts/tls/${id}/docker/ca.pem`]: "certificate",
};

describe("chosenEndpoint", () => {
  it("is DOCKER_HOST before any context, with its TLS settings", () => {
    const env = { DOCKER_HOST: "tcp://box:2376", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/certs" };
    expect(chosenEndpoint(env, from(labFiles), "/home/me")).toEqual({
      host: "tcp://box:2376",
      certificates: "/certs",
      verifyTls: true,
      origin: "DOCKER_HOST",
    });
  });

  it("is the current context with its certificates", () => {
    expect(chosenEndpoint({}, from(labFiles), "/home/me")).toEqual({
      host: "tcp://lab:2376",
      certificates: `/home/me/.docker/contexts/tls/${id}/docker`,
      verifyTls: true,
      origin: 'Docker context "lab"',
    });
  });

  it("takes DOCKER_CONTEXT and DOCKER_CONFIG before the defaults", () => {
    const files = { [`/etc/d/contexts/meta/${id}/meta.json`]: meta({ Host: "ssh://me@lab" }) };
    const env = { DOCKER_CONTEXT: "lab", DOCKER_CONFIG: "/etc/d" };
    expect(chosenEndpoint(env, from(files), "/home/me")).toMatchObject({
      host: "ssh://me@lab",
      verifyTls: false,
    });
    expect(chosenEndpoint({ DOCKER_CONTEXT: "default" }, from(labFiles), "/home/me")).toBeUndefined();
  });

  it("is nothing where nothing is chosen", () => {
    expect(chosenEndpoint({ DOCKER_HOST: "" }, from({}), "/home/me")).toBeUndefined();
  });

  it("refuses a context that is not there, and files that cannot be read", () => {
    expect(() => chosenEndpoint({ DOCKER_CONTEXT: "gone" }, from({}), "/home/me")).toThrow(
      /no Docker context "gone"/,
    );
    const broken = { "/home/me/.docker/config.json": "{" };
    expect(() => chosenEndpoint({}, from(broken), "/home/me")).toThrow(/config\.json cannot be read/);
    const noHost = { ...labFiles, [`/home/me/.docker/contexts/meta/${id}/meta.json`]: meta({}) };
    expect(() => chosenEndpoint({}, from(noHost), "/home/me")).toThrow(/names no Docker endpoint/);
  });
});

describe("endpoints", () => {
  it("are local when their published ports are this machine's", () => {
    expect(isLocal(defaultEndpoint("linux"))).toBe(true);
    expect(isLocal(defaultEndpoint("win32"))).toBe(true);
    expect(isLocal({ host: "tcp://localhost:2375", verifyTls: false, origin: "" })).toBe(true);
    expect(isLocal({ host: "ssh://me@lab", verifyTls: false, origin: "" })).toBe(false);
  });

  it("become an environment that leaves nothing of another choice", () => {
    expect(endpointEnvironment(defaultEndpoint("linux"))).toEqual({
      DOCKER_HOST: "unix:///var/run/docker.sock",
      DOCKER_CERT_PATH: undefined,
      DOCKER_TLS_VERIFY: undefined,
      DOCKER_CONTEXT: undefined,
    });
  });
});

describe("noEngineError", () => {
  it("tells a missing permission from a missing engine", () => {
    const endpoint = { ...defaultEndpoint("linux"), host: "unix:///nowhere/docker.sock" };
    expect(noEngineError(endpoint, "connect EACCES /nowhere/docker.sock", "linux").hint).toContain(
      "usermod -aG docker",
    );
    const missing = noEngineError(endpoint, "connect ENOENT /nowhere/docker.sock", "linux");
    expect(missing.message).toContain(
      "no Docker engine answers at unix:///nowhere/docker.sock: connect ENOENT",
    );
    expect(missing.hint).toMatch(/apt-get install docker\.io.*DOCKER_HOST/);
    expect(noEngineError(endpoint, "ENOENT", "darwin").hint).not.toContain("apt-get");
  });
});
