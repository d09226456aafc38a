import { existsSync, rmSync } from "node:fs";
import { dockerClient } from "../setup/dockerClient";
import { SetupError } from "../setup/errors";
import { whileAlone } from "../setup/lock";
import type { ProjectPaths } from "../setup/paths";
import { hasPrivateEngine, stopPrivateEngine } from "../setup/privateEngine";
import { Progress } from "../setup/progress";
import { setUp, SET_UP_STEPS, type Toolchain } from "../setup";
import { runInForeground } from "./childProcess";
import { clearInterrupted } from "./interrupted";
import { pulumi, isStackEmpty, STACK, stackExistsLocally } from "./stack";

/** `npm run destroy`: deletes the stack and everything it made, and the private engine if there is one. */
export function destroy(paths: ProjectPaths): Promise<number> {
  return whileAlone(paths, "stack", "destroy", async () => {
    const progress = new Progress({
      total: SET_UP_STEPS + 1,
      write: (line) => {
        process.stderr.write(`${line}\n`);
      },
    });
    const toolchain =
      stackExistsLocally(paths) === false ? undefined : await setUp(paths, "destroy", progress);
    if (toolchain === undefined) progress.note(`there is no stack ${STACK} to destroy`);
    else await destroyStack(toolchain, progress);
    const foreign =
      toolchain?.engine.privateEngine === undefined ? toolchain?.engine.endpoint.host : undefined;
    if (hasPrivateEngine(paths)) await removePrivateEngine(paths, toolchain, progress);
    for (const line of leftBehind(paths, foreign)) progress.note(line);
    return 0;
  });
}

async function destroyStack(toolchain: Toolchain, progress: Progress): Promise<void> {
  if (!(await stackIsThere(toolchain))) {
    progress.note(`there is no stack ${STACK} to destroy`);
    return;
  }
  await clearInterrupted(toolchain, progress);
  const { cli, paths, env } = toolchain;
  if (!(await isStackEmpty(toolchain))) {
    const code = await runInForeground(cli.file, ["destroy", "--yes", "--skip-preview", "--stack", STACK], {
      cwd: paths.root,
      env,
    });
    if (code !== 0) {
      throw new SetupError(
        `pulumi destroy failed with exit code ${code}; what it said is above`,
        "Put right what it names and run npm run destroy again. If the engine with these containers is gone for good:\n" +
          `npm run --silent pulumi -- stack rm ${STACK} --force --yes`,
      );
    }
  }
  await pulumi(toolchain, "removing the stack", ["stack", "rm", STACK, "--yes", "--force"]);
  progress.note(`the stack ${STACK} and its configuration are removed`);
}

async function stackIsThere(toolchain: Toolchain): Promise<boolean> {
  const known = stackExistsLocally(toolchain.paths);
  if (known !== undefined) return known;
  const { stdout } = await pulumi(toolchain, "listing the stacks", ["stack", "ls", "--json"]);
  return new RegExp(`"name": "(?:[^"]*/)?${STACK}"`).test(stdout);
}

/** Ends the private engine and removes all of it, with what killed updates may have left in it. */
async function removePrivateEngine(
  paths: ProjectPaths,
  toolchain: Toolchain | undefined,
  progress: Progress,
): Promise<void> {
  await progress.step("Private Docker engine", async (report) => {
    if (toolchain?.engine.privateEngine !== undefined) {
      const docker = dockerClient(toolchain.engine.endpoint);
      for (const { Id, Names } of await docker.listContainers({ all: true })) {
        report.activity(`removing the container ${Names[0] ?? Id}, which no stack knows`);
        await docker.getContainer(Id).remove({ force: true, v: true });
      }
      await docker.pruneNetworks();
    }
    await stopPrivateEngine(paths);
    rmSync(paths.engine, { recursive: true, force: true });
    report.result("stopped and removed");
  });
}

/** What stays, where, and why, in words. */
export function leftBehind(paths: ProjectPaths, foreignEngine: string | undefined): string[] {
  const kept = existsSync(paths.bin) || existsSync(paths.pulumiHome);
  return [
    "Nothing of the farm runs any more.",
    ...(kept
      ? [
          "Kept for the next start: .webfarm/ (Pulumi CLI, plugin, passphrase, logs); delete the folder to be rid of it.",
        ]
      : []),
    ...(foreignEngine === undefined
      ? []
      : [
          `Kept in the Docker engine at ${foreignEngine}: the images pulumi-webfarm/*; ` +
            'list them with `docker images "pulumi-webfarm/*"`, remove them with `docker rmi`.',
        ]),
  ];
}
