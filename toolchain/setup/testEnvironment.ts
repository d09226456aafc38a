import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensurePassphrase } from "./environment";

/**
 * An environment for a test that drives the real CLI: everything as `npm test` has set it up, but with
 * a backend, a passphrase and a Pulumi home of its own in `directory`. The plugins are shared.
 */
export function testEnvironment(directory: string, base: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const sharedHome = base.PULUMI_HOME;
  if (base.WEBFARM_PULUMI === undefined || sharedHome === undefined) {
    throw new Error("end-to-end tests need the set-up: run them with `npm test`");
  }
  const state = join(directory, "state");
  const home = join(directory, "pulumi-home");
  const passphrase = join(directory, "passphrase");
  for (const folder of [state, home]) mkdirSync(folder, { recursive: true });
  const plugins = join(home, "plugins");
  if (!existsSync(plugins)) symlinkSync(join(sharedHome, "plugins"), plugins, "junction");
  ensurePassphrase(passphrase);
  return {
    ...base,
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: pathToFileURL(state).href,
    PULUMI_CONFIG_PASSPHRASE: undefined,
    PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
    PULUMI_ACCESS_TOKEN: undefined,
  };
}
