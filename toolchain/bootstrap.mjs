// Entry of `npm start`, `npm test`, `npm run destroy` and `npm run pulumi`: brings a fresh clone to the
// point where the compiled commands can run, then runs them. Needs nothing but Node. Writes nothing to
// stdout, which belongs to the command.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import lock from "./lock.cjs";

const MINIMUM_NODE = 20;
const NPM_CI_MINUTES = 15;
const BUILD_MINUTES = 5;
/** Folders and files that the build reads; see tsconfig.build.json. */
const SOURCES = ["sdk", "cli", "stack", "lab", "toolchain", "examples", "bench", "test/support"];
const BUILD_SETTINGS = ["tsconfig.json", "tsconfig.build.json", "rolldown.config.mjs", "package-lock.json"];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [command = "help", ...args] = process.argv.slice(2);

const say = (line) => process.stderr.write(`${line}\n`);

/** Ends this program with a message for the user instead of a stack trace. */
class BootstrapError extends Error {}

function requireNode() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < MINIMUM_NODE) {
    throw new BootstrapError(
      `Node ${process.versions.node} is too old: Node ${MINIMUM_NODE} or newer is needed. Install it and run the command again.`,
    );
  }
}

/** Runs a program with its output in a log file and a sign of life every ten seconds. */
function runLogged(title, file, argv, minutes) {
  const log = join(root, ".webfarm", "log", `${title.toLowerCase().replaceAll(" ", "-")}.log`);
  mkdirSync(dirname(log), { recursive: true });
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  return new Promise((resolve, reject) => {
    const output = [];
    const child = spawn(file, argv, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32",
    });
    const heartbeat = setInterval(() => say(`${title} ... ${seconds()} s so far`), 10_000);
    const limit = setTimeout(() => child.kill(), minutes * 60_000);
    const collect = (data) => output.push(data.toString());
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", (error) => collect(`${error.message}\n`));
    child.on("close", (code, signal) => {
      clearInterval(heartbeat);
      clearTimeout(limit);
      const text = output.join("");
      writeFileSync(log, text);
      if (code === 0) {
        say(`${title}: done in ${seconds()} s`);
        resolve();
        return;
      }
      const how = signal
        ? `ended by ${signal} after ${seconds()} s (limit ${minutes} min)`
        : `exit code ${code}`;
      const last = text.trim().split("\n").slice(-15).join("\n  ");
      reject(
        new BootstrapError(
          `${title} failed, ${how}:\n  ${last}\nFull output: ${log}. Run the same command again to retry.`,
        ),
      );
    });
  });
}

const digest = (files) => {
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  return hash.digest("hex");
};

const readStamp = (file) => (existsSync(file) ? readFileSync(file, "utf8") : "");

/** The stamp is written last and by a rename: an interrupted install or build never looks complete. */
function writeStamp(file, text) {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

function sourceFiles() {
  return SOURCES.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .map((file) => join(folder, file))
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts")),
  ).sort();
}

/** Whether npm's own record, which it writes last, holds every package that the lockfile asks for. */
function packagesInstalled() {
  const record = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(record)) return false;
  const packagesOf = (file) => JSON.parse(readFileSync(file, "utf8")).packages;
  const installed = packagesOf(record);
  return Object.entries(packagesOf(join(root, "package-lock.json"))).every(
    ([path, wanted]) => path === "" || wanted.optional || installed[path]?.version === wanted.version,
  );
}

async function installPackages() {
  if (packagesInstalled()) return;
  // `prepare` would build as well; the build is a step of its own here.
  await runLogged(
    "Node packages",
    "npm",
    ["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
    NPM_CI_MINUTES,
  );
}

async function build() {
  const stamp = join(root, "dist", ".built");
  const wanted = digest([...BUILD_SETTINGS, ...sourceFiles()]);
  if (readStamp(stamp) === wanted) return;
  const compiler = join("node_modules", "typescript", "bin", "tsc");
  await runLogged("Build", process.execPath, [compiler, "-p", "tsconfig.build.json"], BUILD_MINUTES);
  const bundler = join("node_modules", "rolldown", "bin", "cli.mjs");
  await runLogged("Bundle", process.execPath, [bundler, "-c"], BUILD_MINUTES);
  writeStamp(stamp, wanted);
}

/** Runs the compiled command. Ctrl-C reaches it from the terminal itself; other signals are passed on. */
function runCommand() {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, "dist", "toolchain", "cli.js"), command, ...args], {
      stdio: "inherit",
      cwd: root,
    });
    for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
    process.on("SIGINT", () => {
      if (!process.stdin.isTTY) child.kill("SIGINT");
    });
    child.on("close", (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

try {
  requireNode();
  const request = {
    directory: root,
    name: "build",
    identity: `${command} (process ${process.pid})`,
    timeoutSeconds: (NPM_CI_MINUTES + BUILD_MINUTES) * 60,
    onWait: (holder) => say(`waiting for ${holder}, which installs and builds here`),
  };
  await lock.withLock(request, async () => {
    await installPackages();
    await build();
  });
  process.exitCode = await runCommand();
} catch (error) {
  const expected = error instanceof BootstrapError || error instanceof lock.LockTimeout;
  say(expected ? `error: ${error.message}` : String(error.stack));
  process.exitCode = 1;
}
