import type { ProjectPaths } from "../setup/paths";
import { Progress } from "../setup/progress";
import { setUp, SET_UP_STEPS, type Toolchain } from "../setup";
import { runInForeground } from "./childProcess";
import { selectStack, stackExistsLocally } from "./stack";

/** These need a stack; before the first `npm start` there is none to work on. */
const NEED_A_STACK = new Set(["config", "preview", "up", "update", "refresh", "watch"]);

/** `npm run pulumi -- ARGS`: the CLI in the project's environment. stdout is the CLI's alone. */
export async function pulumi(paths: ProjectPaths, args: readonly string[]): Promise<number> {
  const toolchain = await setUpQuietly(paths, "pulumi");
  if (NEED_A_STACK.has(args[0] ?? "") && stackExistsLocally(paths) === false && !args.includes("--stack")) {
    await selectStack(toolchain);
  }
  return runInForeground(toolchain.cli.file, args, { cwd: paths.root, env: toolchain.env });
}

/** The set-up for a command whose standard output is its own: what it has to say goes to the other. */
export function setUpQuietly(paths: ProjectPaths, command: string): Promise<Toolchain> {
  const progress = new Progress({
    total: SET_UP_STEPS,
    quiet: true,
    write: (line) => {
      process.stderr.write(`${line}\n`);
    },
  });
  return setUp(paths, command, progress);
}
