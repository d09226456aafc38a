import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../test/support/temporaryDirectory";
import { ensurePassphrase, hasOwnBackend, projectEnvironment } from "./environment";
import { projectPaths } from "./paths";

const paths = projectPaths("/clone of mine");
const environment = (user: NodeJS.ProcessEnv, keepPlugins = false) =>
  projectEnvironment(paths, { user: { PATH: "/usr/bin", ...user }, programs: [], keepPlugins });

describe("projectEnvironment", () => {
  it("keeps everything inside the private folder", () => {
    expect(environment({ LANG: "C" })).toEqual({
      LANG: "C",
      PATH: "/clone of mine/.webfarm/bin:/usr/bin",
      PULUMI_HOME: "/clone of mine/.webfarm/pulumi-home",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_BACKEND_URL: "file:///clone%20of%20mine/.webfarm/state",
      PULUMI_CONFIG_PASSPHRASE_FILE: "/clone of mine/.webfarm/passphrase",
    });
  });

  it("leaves what the user has set", () => {
    const user = { PULUMI_HOME: "/p", PULUMI_BACKEND_URL: "s3://b", PULUMI_CONFIG_PASSPHRASE: "" };
    expect(environment(user)).toMatchObject(user);
    expect(environment(user)).not.toHaveProperty("PULUMI_CONFIG_PASSPHRASE_FILE");
    expect(environment({ PULUMI_ACCESS_TOKEN: "t" })).not.toHaveProperty("PULUMI_BACKEND_URL");
    expect(hasOwnBackend({ PULUMI_BACKEND_URL: "" })).toBe(false);
  });

  it("leads to the engine and keeps the CLI from replacing the stand-in", () => {
    const env = projectEnvironment(paths, {
      user: { DOCKER_TLS_VERIFY: "1", DOCKER_CONTEXT: "other" },
      endpoint: { host: "unix:///e.sock", verifyTls: false, origin: "" },
      programs: ["/opt/pulumi"],
      keepPlugins: true,
    });
    expect(env).toMatchObject({
      DOCKER_HOST: "unix:///e.sock",
      DOCKER_TLS_VERIFY: undefined,
      DOCKER_CONTEXT: undefined,
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    });
    expect(env.PATH).toMatch(/^\/clone of mine\/\.webfarm\/bin:\/opt\/pulumi:/);
  });
});

describe("ensurePassphrase", () => {
  it("makes one for the owner's eyes only, once", () => {
    const file = join(temporaryDirectory("webfarm-"), "passphrase");
    ensurePassphrase(file);
    const first = readFileSync(file, "utf8");
    ensurePassphrase(file);
    expect(first.length).toBeGreaterThanOrEqual(40);
    expect(readFileSync(file, "utf8")).toBe(first);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});
