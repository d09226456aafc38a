import { SetupError } from "../setup/errors";
import { whileAlone } from "../setup/lock";
import type { ProjectPaths } from "../setup/paths";
import { Progress } from "../setup/progress";
import { setUp, SET_UP_STEPS, type Toolchain } from "../setup";
import { runInForeground } from "./childProcess";
import { prepareFarmImages } from "./images";
import { clearInterrupted } from "./interrupted";
import { allReplicasAnswer } from "./proxyCheck";
import { readOutputs, selectStack, setMissingConfig, STACK } from "./stack";
import { dockerCliFor, summary } from "./summary";

const OWN_STEPS = 4;

const toStderr = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** `npm start`: sets everything up, deploys the stack, shows that the proxy answers from every replica. */
export function start(paths: ProjectPaths): Promise<number> {
  return whileAlone(paths, "stack", "start", async () => {
    const progress = new Progress({ total: SET_UP_STEPS + OWN_STEPS, write: toStderr });
    const toolchain = await setUp(paths, "start", progress);
    const images = await prepareFarmImages(toolchain, progress);
    await progress.step("Stack", async (report) => {
      await selectStack(toolchain);
      await clearInterrupted(toolchain, progress);
      const set = await setMissingConfig(toolchain, {
        platform: toolchain.engine.os,
        ...(images !== undefined && {
          webappImage: images.webapp,
          proxyImage: images.proxy,
          consoleImage: images.console,
        }),
      });
      report.result(`${STACK}${set.length === 0 ? "" : `, set ${set.join(" ")}`}`);
    });
    await progress.step("pulumi up", () => deploy(toolchain));
    const outputs = await readOutputs(toolchain);
    await progress.step("Proxy", async (report) => {
      const url = toolchain.engine.isLocal ? outputs.localUrl : outputs.url;
      const names = outputs.replicas.map(({ name }) => name);
      const answered = await allReplicasAnswer(url, names);
      report.result(
        answered.length === 0 ? "no replicas to ask" : answered.map((name) => `${name} answered`).join(", "),
      );
    });
    process.stdout.write(summary(toolchain, outputs, dockerCliFor(paths, process.env.PATH)));
    return 0;
  });
}

async function deploy(toolchain: Toolchain): Promise<void> {
  const args = ["up", "--yes", "--skip-preview", "--stack", STACK];
  const { paths, env, cli } = toolchain;
  const code = await runInForeground(cli.file, args, { cwd: paths.root, env });
  if (code === 0) return;
  throw new SetupError(
    `pulumi up failed with exit code ${code}; what it said is above`,
    "Put right what it names and run npm start again: it goes on where it stopped.\n" +
      "Where it says `pulumi ...`, the line here is `npm run --silent pulumi -- ...`, such as\n" +
      "npm run --silent pulumi -- config set publishPort 8080",
  );
}
