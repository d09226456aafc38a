import { describe, expect, it } from "vitest";
import { engineSettings } from "./settings";

const environment = { DOCKER_HOST: "tcp://environment:2375" };
const config = { "docker:host": "ssh://admin@stack", "docker:certPath": "/certs" };

describe("where the engine is", () => {
  it("is said by the command line first, then by the stack, then by the environment", () => {
    expect(engineSettings({ host: "npipe:////./pipe/docker_engine" }, config, environment)).toEqual({
      endpoint: { host: "npipe:////./pipe/docker_engine" },
      source: "the command line",
    });
    expect(engineSettings({}, config, environment)).toEqual({
      endpoint: { host: "ssh://admin@stack", certPath: "/certs" },
      source: "the stack's docker: settings",
    });
    // The client itself follows the environment, certificates and all.
    expect(engineSettings({}, { "shop:replicas": "2" }, environment)).toEqual({
      endpoint: {},
      source: "DOCKER_HOST",
    });
    expect(engineSettings({}, {}, { DOCKER_HOST: "" }).source).toBe("the engine's usual place");
  });

  it("takes certificates of the command line for the address that another names", () => {
    expect(engineSettings({ certPath: "/mine" }, {}, environment).endpoint).toEqual({
      host: "tcp://environment:2375",
      certPath: "/mine",
    });
  });
});
