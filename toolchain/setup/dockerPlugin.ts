import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { moveDirectory, readTextIfPresent, writeFileAtomically } from "./files";
import type { ProjectPaths } from "./paths";
import { lastLines, run } from "./process";
import { programScript } from "./programScript";
import type { StepReport } from "./progress";
import type { PulumiCli } from "./pulumiCli";
import { isExecutable } from "./searchPath";
import { rememberUnreachable, wasUnreachable } from "./unreachable";

/** Which program creates the docker resources. */
export interface DockerPlugin {
  source: "official" | "stand-in";
  version: string;
}

const INSTALL_SECONDS = 180;
/** Tells our stand-in from the official plugin in the same place. */
const MARKER = "webfarm-stand-in";

const packageSchema = z.object({ version: z.string() });

/** The engine asks for exactly the version that the installed @pulumi/docker names. */
function wantedVersion(paths: ProjectPaths): string {
  const file = join(paths.root, "node_modules", "@pulumi", "docker", "package.json");
  return packageSchema.parse(JSON.parse(readFileSync(file, "utf8"))).version.replace(/^v/, "");
}

const pluginDirectory = (pulumiHome: string, version: string): string =>
  join(pulumiHome, "plugins", `resource-docker-v${version}`);

/** Whether a complete official plugin lies there; the CLI leaves `.partial` beside an incomplete one. */
function hasOfficial(directory: string): boolean {
  const name = process.platform === "win32" ? "pulumi-resource-docker.exe" : "pulumi-resource-docker";
  return (
    isExecutable(join(directory, name)) &&
    !existsSync(`${directory}.partial`) &&
    !existsSync(join(directory, MARKER))
  );
}

/** Downloads the official plugin beside the real home and moves it there when complete. */
async function installOfficial(
  cli: PulumiCli,
  version: string,
  directory: string,
  paths: ProjectPaths,
): Promise<string | undefined> {
  const home = join(paths.temporary, "plugin-download");
  mkdirSync(home, { recursive: true });
  const result = await run(
    cli.file,
    ["plugin", "install", "resource", "docker", `v${version}`, "--non-interactive"],
    {
      cwd: home,
      env: {
        ...process.env,
        PULUMI_HOME: home,
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_BACKEND_URL: "file://~",
      },
      timeoutSeconds: INSTALL_SECONDS,
      logFile: join(paths.log, "docker-plugin.log"),
    },
  );
  if (result.timedOut) return `not complete after ${INSTALL_SECONDS} s`;
  const fetched = pluginDirectory(home, version);
  if (result.code !== 0 || !hasOfficial(fetched)) return lastLines(result.lines, 1);
  moveDirectory(fetched, directory);
  return undefined;
}

function installStandIn(directory: string, paths: ProjectPaths): void {
  const script = programScript("pulumi-resource-docker", join(paths.compiled, "docker-plugin", "main.js"));
  if (readTextIfPresent(join(directory, script.name)) === script.text && existsSync(join(directory, MARKER)))
    return;
  const temporary = join(paths.temporary, "stand-in");
  rmSync(temporary, { recursive: true, force: true });
  writeFileAtomically(join(temporary, script.name), script.text, 0o755);
  writeFileAtomically(
    join(temporary, MARKER),
    "Made by the set-up: the official plugin could not be had here.\n",
  );
  moveDirectory(temporary, directory);
  rmSync(`${directory}.partial`, { force: true });
}

/** Finds the official docker plugin, else downloads it, else puts the stand-in in its place. */
export async function findDockerPlugin(
  cli: PulumiCli,
  pulumiHome: string,
  paths: ProjectPaths,
  report: StepReport,
): Promise<DockerPlugin> {
  const version = wantedVersion(paths);
  const directory = pluginDirectory(pulumiHome, version);
  const official: DockerPlugin = { source: "official", version };
  if (hasOfficial(directory)) {
    report.result(`official v${version}`);
    return official;
  }
  const site = `docker plugin ${version}`;
  if (!wasUnreachable(paths.unreachable, site)) {
    report.activity(`downloading the official v${version}`);
    const failure = await installOfficial(cli, version, directory, paths);
    if (failure === undefined) {
      report.result(`official v${version}, downloaded`);
      return official;
    }
    report.activity(`no official download (${failure})`);
    rememberUnreachable(paths.unreachable, site);
  }
  installStandIn(directory, paths);
  report.result(`stand-in for v${version}: the official plugin's download site does not answer here`);
  return { source: "stand-in", version };
}
