import { join } from "node:path";
import type { ProjectPaths } from "../setup/paths";
import { findOnPath, isExecutable } from "../setup/searchPath";
import type { Toolchain } from "../setup";
import type { StackOutputs } from "./stack";

/** The part of the toolchain that the summary tells of. */
export type ToolchainFacts = Pick<Toolchain, "engine" | "cli" | "languageHost" | "plugin">;

/** The docker CLI to name in commands: the user's, or the one that came with a fetched engine. */
export function dockerCliFor(paths: ProjectPaths, path: string | undefined): string {
  const fetched = join(paths.enginePrograms, "usr", "bin", "docker");
  return findOnPath("docker", path).length === 0 && isExecutable(fetched) ? fetched : "docker";
}

/** What `npm start` shows at its end. */
export function summary(facts: ToolchainFacts, outputs: StackOutputs, dockerCli = "docker"): string {
  const { engine, cli, languageHost, plugin } = facts;
  const replicas = outputs.replicas.map(({ name }) => name).join(", ");
  return [
    "",
    "The farm runs.",
    `  url             ${outputs.url}`,
    `  localUrl        ${outputs.localUrl}`,
    `  replicas        ${replicas === "" ? "none" : replicas}`,
    `  consoleCommand  ${outputs.consoleCommand}`,
    "",
    "What runs it",
    `  Pulumi CLI      ${cli.version}, ${cli.source}`,
    `  language host   ${languageHost.source}`,
    `  docker plugin   ${plugin.source} v${plugin.version}`,
    `  Docker engine   ${engine.version} (${engine.os}) at ${engine.endpoint.host}, ${engine.endpoint.origin}`,
    "",
    "Next",
    "  npm run --silent pulumi -- config set replicas 5",
    "  npm run --silent pulumi -- preview --diff     # three more containers, and the proxy's new upstreams",
    "  npm run --silent pulumi -- up --yes",
    `  ${outputs.consoleCommand.replace(/^docker(?= )/, dockerCli)}     # a shell inside the farm's network`,
    "  npm run --silent webfarm -- status            # replicas, their health, and what the proxy has in rotation",
    "  npm run destroy                               # leaves nothing behind",
    "",
  ].join("\n");
}
