import { join } from "node:path";
import type { ProjectPaths } from "../setup/paths";
import { stopPrivateEngine } from "../setup/privateEngine";
import { Progress } from "../setup/progress";
import { setUp, SET_UP_STEPS } from "../setup";
import { runInForeground } from "./childProcess";

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** `npm run bench -- ARGS`: the benchmarks in the project's environment. stdout is the report alone. */
export async function bench(paths: ProjectPaths, args: readonly string[]): Promise<number> {
  const toolchain = await setUp(paths, "bench", new Progress({ total: SET_UP_STEPS, write: say }));
  try {
    const program = join(paths.root, "dist/bench/main.js");
    return await runInForeground(process.execPath, [program, ...args], {
      cwd: paths.root,
      env: toolchain.env,
    });
  } finally {
    if (toolchain.engine.privateEngine?.startedNow === true) {
      say("stopping the Docker engine that this run started");
      await stopPrivateEngine(paths);
    }
  }
}
