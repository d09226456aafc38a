import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { delimiter } from "node:path";
import { pathToFileURL } from "node:url";
import { endpointEnvironment, type DockerEndpoint } from "./dockerContext";
import { writeFileAtomically } from "./files";
import type { ProjectPaths } from "./paths";

export interface EnvironmentChoices {
  /** The user's own environment; what it sets for Pulumi wins. */
  user: NodeJS.ProcessEnv;
  endpoint?: DockerEndpoint;
  /** Directories of chosen programs that are not linked into `.webfarm/bin`. */
  programs: readonly string[];
  /** Whether the engine must not look for plugins on the network, because a stand-in is in place. */
  keepPlugins: boolean;
}

const isSet = (value: string | undefined): value is string => value !== undefined && value !== "";

/** Whether the user keeps stacks elsewhere than in `.webfarm/state`. */
export function hasOwnBackend(user: NodeJS.ProcessEnv): boolean {
  return isSet(user.PULUMI_BACKEND_URL) || isSet(user.PULUMI_ACCESS_TOKEN);
}

/** Where plugins and downloaded CLIs are kept. */
export function pulumiHome(user: NodeJS.ProcessEnv, paths: ProjectPaths): string {
  return isSet(user.PULUMI_HOME) ? user.PULUMI_HOME : paths.pulumiHome;
}

function usesOwnPassphrase(user: NodeJS.ProcessEnv): boolean {
  // An empty passphrase is a choice, too.
  return user.PULUMI_CONFIG_PASSPHRASE !== undefined || isSet(user.PULUMI_CONFIG_PASSPHRASE_FILE);
}

/** The environment of every program that the commands run. */
export function projectEnvironment(paths: ProjectPaths, choices: EnvironmentChoices): NodeJS.ProcessEnv {
  const { user, endpoint, programs, keepPlugins } = choices;
  return {
    ...user,
    ...(endpoint !== undefined && endpointEnvironment(endpoint)),
    PATH: [...new Set([paths.bin, ...programs]), user.PATH ?? ""].join(delimiter),
    PULUMI_HOME: pulumiHome(user, paths),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...(!hasOwnBackend(user) && { PULUMI_BACKEND_URL: pathToFileURL(paths.state).href }),
    ...(!usesOwnPassphrase(user) && { PULUMI_CONFIG_PASSPHRASE_FILE: paths.passphrase }),
    ...(keepPlugins && { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" }),
  };
}

/** Makes the passphrase that encrypts this clone's secrets, once, for its owner's eyes only. */
export function ensurePassphrase(file: string): void {
  if (!existsSync(file)) writeFileAtomically(file, randomBytes(32).toString("base64url"), 0o600);
}
