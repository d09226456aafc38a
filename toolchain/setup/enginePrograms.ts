import { existsSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { SetupError } from "./errors";
import { moveDirectory } from "./files";
import type { ProjectPaths } from "./paths";
import { lastLines, run, runOrFail, type RunResult } from "./process";
import type { StepReport } from "./progress";
import { findOnPath } from "./searchPath";

/** The programs that a Docker engine consists of, and the environment in which they find each other. */
export interface EnginePrograms {
  dockerd: string;
  env: NodeJS.ProcessEnv;
}

const PROGRAMS = ["dockerd", "containerd", "runc", "iptables"];
const PACKAGES = ["docker.io", "iptables"];
const FETCH_SECONDS = 600;
/** These do what dockerd needs and are on every Debian; not always on a user's PATH. */
const SYSTEM_PATH = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"];

const pathOf = (...directories: string[]): string =>
  [...directories, process.env.PATH ?? "", ...SYSTEM_PATH].join(delimiter);

/** Finds the programs on this machine, else fetches Debian's packages into the project's private folder. */
export async function findEnginePrograms(paths: ProjectPaths, report: StepReport): Promise<EnginePrograms> {
  const path = pathOf();
  const dockerd = findOnPath("dockerd", path)[0];
  if (dockerd !== undefined && areInstalled()) return { dockerd, env: { ...process.env, PATH: path } };
  if (!existsSync(paths.enginePrograms)) await fetchPackages(paths, report);
  return unpackedPrograms(paths.enginePrograms);
}

const areOnPath = (names: readonly string[]): boolean =>
  names.every((name) => findOnPath(name, pathOf()).length > 0);

const areInstalled = (): boolean => areOnPath(PROGRAMS);

/** Whether the programs are here, or Debian's packages of them can be fetched. */
export function canHaveEnginePrograms(): boolean {
  return areInstalled() || areOnPath(["apt-get", "dpkg-deb"]);
}

function unpackedPrograms(root: string): EnginePrograms {
  const libraries = ["usr/lib", "lib"].flatMap((folder) =>
    existsSync(join(root, folder))
      ? readdirSync(join(root, folder))
          .filter((name) => name.includes("-linux-"))
          .map((name) => join(root, folder, name))
      : [],
  );
  const path = pathOf(join(root, "usr/sbin"), join(root, "usr/bin"), join(root, "sbin"), join(root, "bin"));
  const extensions = libraries.map((folder) => join(folder, "xtables")).find((folder) => existsSync(folder));
  return {
    dockerd: join(root, "usr/sbin/dockerd"),
    env: {
      ...process.env,
      PATH: path,
      LD_LIBRARY_PATH: libraries.join(delimiter),
      ...(extensions !== undefined && { XTABLES_LIBDIR: extensions }),
    },
  };
}

/**
 * The packages are unpacked, not installed: nothing on the machine changes, no service starts by
 * itself, and an interrupted run leaves nothing half-installed.
 */
async function fetchPackages(paths: ProjectPaths, report: StepReport): Promise<void> {
  report.activity(
    "no engine here: fetching Debian's docker.io into .webfarm/ (nothing is installed system-wide)",
  );
  const archives = join(paths.temporary, "archives");
  const root = join(paths.temporary, "engine-programs");
  for (const directory of [archives, root]) rmSync(directory, { recursive: true, force: true });
  mkdirSync(join(archives, "partial"), { recursive: true });
  mkdirSync(root, { recursive: true });
  let result = await downloadPackages(archives, paths);
  if (result.code !== 0) {
    report.activity("refreshing the package lists with apt-get update");
    await apt(["update"], paths);
    result = await downloadPackages(archives, paths);
  }
  if (result.code !== 0) throw fetchError(result, paths);
  report.activity("unpacking");
  const env = { ...process.env, PATH: pathOf() };
  for (const archive of readdirSync(archives).filter((name) => name.endsWith(".deb"))) {
    // The machine's own C library must stay the one that its loader belongs to.
    if (archive.startsWith("libc6_")) continue;
    await runOrFail(`unpacking ${archive}`, "dpkg-deb", ["-x", join(archives, archive), root], {
      cwd: paths.root,
      env,
      timeoutSeconds: 120,
    });
  }
  completeLinks(join(root, "usr/bin"), "/usr/bin");
  await chooseIptables(root, paths);
  moveDirectory(root, paths.enginePrograms);
  rmSync(archives, { recursive: true, force: true });
}

/**
 * apt leaves out the packages that are installed already, so a link of ours may lead to a program of theirs:
 * `docker-init` is one to `tini-static`. Such links are led to the machine's own.
 */
export function completeLinks(folder: string, machineFolder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const link = join(folder, entry.name);
    if (!entry.isSymbolicLink() || existsSync(link)) continue;
    const program = resolve(machineFolder, readlinkSync(link));
    if (!existsSync(program)) continue;
    unlinkSync(link);
    symlinkSync(program, link);
  }
}

function apt(args: readonly string[], paths: ProjectPaths): Promise<RunResult> {
  return run("apt-get", args, {
    cwd: paths.root,
    env: { ...process.env, PATH: pathOf(), DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" },
    timeoutSeconds: FETCH_SECONDS,
    logFile: join(paths.log, "docker-packages.log"),
  });
}

function downloadPackages(archives: string, paths: ProjectPaths): Promise<RunResult> {
  const options = [
    "--yes",
    "--download-only",
    "--no-install-recommends",
    "-o",
    `Dir::Cache::archives=${archives}/`,
  ];
  return apt(["install", ...options, ...PACKAGES], paths);
}

function fetchError(result: RunResult, paths: ProjectPaths): SetupError {
  const how = result.timedOut ? `were not complete after ${FETCH_SECONDS} s` : "could not be fetched";
  return new SetupError(
    `there is no Docker engine, and Debian's packages of one ${how}`,
    `${lastLines(result.lines, 6)}\nFull output: ${join(paths.log, "docker-packages.log")}\n` +
      "Check the network and /etc/apt/sources.list, or install Docker, or set DOCKER_HOST; then run the same command again.",
  );
}

/** An installation would link `iptables` to a variant; here it is the first one that this kernel answers to. */
async function chooseIptables(root: string, paths: ProjectPaths): Promise<void> {
  const { env } = unpackedPrograms(root);
  const path = env.PATH;
  if (findOnPath("iptables", path).length > 0) return;
  const [nft, legacy] = ["iptables-nft", "iptables-legacy"].map((name) => findOnPath(name, path)[0]);
  if (nft === undefined || legacy === undefined) return;
  const answer = await run(nft, ["-t", "nat", "-S"], { cwd: paths.root, env, timeoutSeconds: 20 });
  const variant = answer.code === 0 ? "nft" : "legacy";
  for (const name of ["iptables", "ip6tables"]) {
    symlinkSync(`${name}-${variant}`, join(root, "usr/sbin", name));
    for (const tool of ["save", "restore"])
      symlinkSync(`${name}-${variant}-${tool}`, join(root, "usr/sbin", `${name}-${tool}`));
  }
}
