import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { SetupError } from "./errors";
import { readTextIfPresent, writeFileAtomically } from "./files";
import type { ProjectPaths } from "./paths";
import { lastLines, run, type RunResult } from "./process";
import type { StepReport } from "./progress";
import { isAtLeast } from "./pulumiVersion";

const BUILD_MINUTES = 25;
const PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
const executable = process.platform === "win32" ? "pulumi.exe" : "pulumi";

function moduleDirectory(paths: ProjectPaths): string {
  return join(paths.root, "toolchain", "pulumi-cli");
}

/** The version that go.mod pins; the npm package `pulumi` in package.json pins the same one. */
export function pulumiVersionOfModule(goMod: string): string {
  const match = /^\s*(?:require )?github\.com\/pulumi\/pulumi\/pkg\/v3 v(\S+)/m.exec(goMod);
  if (match?.[1] === undefined) throw new Error("toolchain/pulumi-cli/go.mod names no version of pulumi/pkg");
  return match[1];
}

export function goVersionOfModule(goMod: string): string {
  const match = /^go (\S+)/m.exec(goMod);
  if (match?.[1] === undefined) throw new Error("toolchain/pulumi-cli/go.mod names no version of Go");
  return match[1];
}

function readGoMod(paths: ProjectPaths): string {
  return readFileSync(join(moduleDirectory(paths), "go.mod"), "utf8");
}

export function pinnedPulumiVersion(paths: ProjectPaths): string {
  return pulumiVersionOfModule(readGoMod(paths));
}

const linkerFlags = (version: string): string =>
  `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`;

/** Tells builds from different sources apart. */
function buildStamp(paths: ProjectPaths): string {
  const hash = createHash("sha256").update(`${process.platform}/${process.arch}`);
  for (const file of ["go.mod", "go.sum", "tools.go"])
    hash.update(readFileSync(join(moduleDirectory(paths), file)));
  return hash.digest("hex");
}

const stampFile = (paths: ProjectPaths): string => join(paths.ownPulumi, "pulumi.stamp");

/** The CLI of an earlier build, when it is complete and from the same sources. */
export function builtPulumi(paths: ProjectPaths): string | undefined {
  const file = join(paths.ownPulumi, executable);
  return existsSync(file) && readTextIfPresent(stampFile(paths)) === buildStamp(paths) ? file : undefined;
}

/** Refuses to begin a build that Go would refuse minutes later, or in words that lead nowhere. */
export function requireGo(found: string | undefined, needed: string): void {
  const wayOut =
    `Install Go ${needed} or newer, or the official Pulumi CLI (3.208.0 or newer), put it on PATH, ` +
    "and run the same command again.";
  if (found === undefined) {
    throw new SetupError(
      "there is no Pulumi CLI, its download site does not answer, and there is no Go to build it with",
      wayOut,
    );
  }
  if (!isAtLeast(found, needed)) {
    throw new SetupError(`Go ${found} is too old to build the Pulumi CLI: it needs ${needed}`, wayOut);
  }
}

async function goVersion(paths: ProjectPaths): Promise<string | undefined> {
  // In the module's directory Go fetches a newer toolchain by itself where its settings allow that.
  const result = await run("go", ["env", "GOVERSION"], {
    cwd: moduleDirectory(paths),
    env: process.env,
    timeoutSeconds: 180,
  });
  if (result.code === 127) return undefined;
  const version = /go(\d+\.\d+(?:\.\d+)?)/.exec(result.lines.join("\n"));
  return version?.[1];
}

/** Tells a cut network from a build that went wrong. */
export function buildError(
  result: Pick<RunResult, "code" | "lines" | "timedOut">,
  logFile: string,
): SetupError {
  const output = `${lastLines(result.lines, 6)}\nFull output: ${logFile}`;
  if (result.timedOut) {
    return new SetupError(
      `the Pulumi CLI was not built within ${BUILD_MINUTES} minutes`,
      `${output}\nRun the same command again: what is compiled already stays in Go's cache.`,
    );
  }
  if (
    result.lines.some((line) =>
      /dial tcp|no such host|i\/o timeout|connection refused|TLS handshake/.test(line),
    )
  ) {
    return new SetupError(
      "the Go modules of the Pulumi CLI could not be fetched: no network, or no Go module proxy",
      `${output}\nCheck the network and \`go env GOPROXY\`, or put an official pulumi on PATH; then run the same command again.`,
    );
  }
  return new SetupError(`building the Pulumi CLI failed with exit code ${result.code}`, output);
}

/** Builds the CLI from the Go modules that go.sum pins. */
export async function buildPulumi(paths: ProjectPaths, report: StepReport): Promise<string> {
  const goMod = readGoMod(paths);
  requireGo(await goVersion(paths), goVersionOfModule(goMod));
  const version = pulumiVersionOfModule(goMod);
  mkdirSync(paths.ownPulumi, { recursive: true });
  mkdirSync(paths.temporary, { recursive: true });
  report.activity("building from Go modules (about 4 minutes on 2 cores, once)");
  const output = join(paths.temporary, executable);
  const flags = ["-trimpath", "-buildvcs=false", "-mod=readonly", "-ldflags", linkerFlags(version)];
  const count = { modules: 0, packages: 0 };
  const logFile = join(paths.log, "pulumi-build.log");
  const result = await run("go", ["build", "-v", ...flags, "-o", output, PACKAGE], {
    cwd: moduleDirectory(paths),
    env: { ...process.env, CGO_ENABLED: "0", GOWORK: "off" },
    timeoutSeconds: BUILD_MINUTES * 60,
    logFile,
    onLine: (line) => {
      count[line.startsWith("go: downloading") ? "modules" : "packages"] += 1;
      report.detail(`${count.modules} modules fetched, ${count.packages} packages compiled`);
    },
  });
  if (result.code !== 0) throw buildError(result, logFile);
  const file = join(paths.ownPulumi, executable);
  renameSync(output, file);
  writeFileAtomically(stampFile(paths), buildStamp(paths));
  return file;
}
