import { join } from "node:path";
import { whyNoCell } from "../../lab/cell/cellImage";
import { startLab } from "../../lab/lab";
import { dockerClient } from "../setup/dockerClient";
import { findDockerEngine } from "../setup/dockerEngine";
import { SetupError } from "../setup/errors";
import { whileAlone } from "../setup/lock";
import type { ProjectPaths } from "../setup/paths";
import { stopPrivateEngine } from "../setup/privateEngine";
import { Progress } from "../setup/progress";
import { labHelp, readLabOptions } from "./labOptions";

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** `npm run lab`: starts the laboratory, says how to use it, and takes it away at a signal. */
export async function lab(paths: ProjectPaths, args: readonly string[]): Promise<number> {
  const options = readLabOptions(args);
  if (options === undefined) {
    process.stdout.write(labHelp);
    return 0;
  }
  const progress = new Progress({ total: 2, write: say });
  const engine = await whileAlone(paths, "set-up", "lab", () =>
    progress.step("Docker engine", (report) => findDockerEngine(paths, report)),
  );
  try {
    const reason = await whyNoCell(dockerClient(engine.endpoint));
    if (reason !== undefined) {
      throw new SetupError(
        `the laboratory cannot be here: ${reason}`,
        "It needs Linux on amd64 with a Docker engine, apt-get, go and python3.",
      );
    }
    const running = await progress.step("Laboratory", (report) =>
      startLab({ ...options, engine: engine.endpoint.host, log: report.activity }),
    );
    const ended = firstSignal();
    process.stdout.write(
      [
        `export DOCKER_HOST=${running.dockerHost}`,
        `# published ports answer at ${running.hostAddress}`,
        `# drive c: of the host is ${join(running.hostDirectory, "c")}`,
        "# Ctrl-C ends the laboratory and removes what was made in it",
        "",
      ].join("\n"),
    );
    say(`${await ended}: removing what was made in the laboratory`);
    await running.close();
    return 0;
  } finally {
    if (engine.privateEngine?.startedNow === true) await stopPrivateEngine(paths);
  }
}

/** Resolves at the first signal; from now on signals do not end this process. */
function firstSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, resolve);
  });
}
