import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { findDockerEngine, type DockerEngine } from "./dockerEngine";
import { findDockerPlugin, type DockerPlugin } from "./dockerPlugin";
import { ensurePassphrase, projectEnvironment, pulumiHome } from "./environment";
import { findLanguageHost, type LanguageHost } from "./languageHost";
import { whileAlone } from "./lock";
import type { ProjectPaths } from "./paths";
import type { Progress } from "./progress";
import { findPulumiCli, type PulumiCli } from "./pulumiCli";

/** Everything that a command needs, found or made. */
export interface Toolchain {
  paths: ProjectPaths;
  engine: DockerEngine;
  cli: PulumiCli;
  languageHost: LanguageHost;
  plugin: DockerPlugin;
  /** The environment in which the CLI runs. */
  env: NodeJS.ProcessEnv;
}

/** How many steps `setUp` shows. */
export const SET_UP_STEPS = 4;

/** Finds or makes the whole toolchain. What an earlier set-up made is found again within a second or two. */
export function setUp(paths: ProjectPaths, command: string, progress: Progress): Promise<Toolchain> {
  return whileAlone(paths, "set-up", command, async () => {
    rmSync(paths.temporary, { recursive: true, force: true });
    mkdirSync(paths.temporary, { recursive: true });
    const engine = await progress.step("Docker engine", (report) => findDockerEngine(paths, report));
    const cli = await progress.step("Pulumi CLI", (report) => findPulumiCli(paths, report));
    const languageHost = await progress.step("Node language host", (report) =>
      Promise.resolve(findLanguageHost(cli, paths, report)),
    );
    const home = pulumiHome(process.env, paths);
    const plugin = await progress.step("Docker plugin", (report) =>
      findDockerPlugin(cli, home, paths, report),
    );
    const env = projectEnvironment(paths, {
      user: process.env,
      endpoint: engine.endpoint,
      programs: process.platform === "win32" ? [dirname(cli.file), paths.ownPulumi] : [],
      keepPlugins: plugin.source === "stand-in",
    });
    mkdirSync(paths.state, { recursive: true });
    ensurePassphrase(paths.passphrase);
    return { paths, engine, cli, languageHost, plugin, env };
  });
}
