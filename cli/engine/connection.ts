import type Docker from "dockerode";
import type { Platform } from "../../sdk/args";
import { traitsOf, type PlatformTraits } from "../../sdk/platform/platform";
import { bounded } from "../../sdk/preflight/bounded";
import { connect } from "../../sdk/reload/endpoint";
import { CommandError } from "../exitCodes";
import { engineSettings, stackConfig, type EngineOptions, type StackConfig } from "./settings";
import { messageOf } from "../../sdk/errorText";

/** An engine that answers. */
export interface Engine {
  docker: Docker;
  /** Its address. */
  host: string;
  version: string;
  platform: Platform;
  traits: PlatformTraits;
  /** The configuration of the stack in whose folder the command runs; empty when `--host` says it all. */
  config: StackConfig;
}

const answerSeconds = 15;

/**
 * Reaches the engine.
 *
 * @throws CommandError that says where it was looked for, and what to do
 */
export async function reachEngine(options: EngineOptions, note: (line: string) => void): Promise<Engine> {
  const config = options.host === undefined ? await stackConfig(options, note) : {};
  const { endpoint, source } = engineSettings(options, config, process.env);
  const host = endpoint.host ?? process.env.DOCKER_HOST ?? "the default socket";
  try {
    const docker = await connect(endpoint);
    const { Version, Os } = await bounded(docker.version(), answerSeconds);
    const platform = Os === "windows" ? "windows" : "linux";
    return { docker, host, version: Version, platform, traits: traitsOf(platform), config };
  } catch (error) {
    const said = messageOf(error);
    throw new CommandError(
      `no Docker engine answers at ${host} (from ${source}): ${said}`,
      "start the engine, or say where it is: --host, docker:host of the stack, or DOCKER_HOST",
    );
  }
}
