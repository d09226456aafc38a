import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../support/engine";
import { Load } from "../support/load";
import { descendantsOf, processesOf } from "../support/processes";
import { replicasSeen } from "../support/scaleSet";
import { FaultFarm } from "./faultFarm";
import type { Interruption, Victim } from "./interruptions";

/** How an interrupted update ended, and what it took to put everything right. */
export interface Outcome extends Interruption {
  /** False when the update was over before its moment came. */
  interrupted: boolean;
  /** Seconds that the update ran. */
  ranSeconds: number;
  /** Seconds until the CLI ended after the interruption. */
  endSeconds: number;
  /** What was run then, until everything was as it should be. */
  commands: string[];
  /** Seconds that this took. */
  repairSeconds: number;
  /** Requests that were answered, and that failed, from before the update until the end of the repair. */
  requests: number;
  failed: number;
  /** Everything that is not as promised; nothing else makes a case bad. */
  faults: string[];
}

/** How long the CLI may take to end by itself once something it needs is gone. */
const endLimitSeconds = 90;
const processesLimitSeconds = 30;
const repairs = 3;

/** Runs one operation, interrupts it, and puts things right as the documentation says. */
export async function interrupt(
  farm: FaultFarm,
  interruption: Interruption,
  usualSeconds: number,
): Promise<Outcome> {
  const { victim, operation, fraction } = interruption;
  const command = await farm.prepare(operation);
  const load = FaultFarm.serves(operation) ? new Load(farm.url, { fresh: 2, restMs: 40 }) : undefined;
  const faults: string[] = [];

  const started = Date.now();
  const cli = farm.start(command);
  const output = collect(cli);
  const ended = new Promise<void>((resolve) =>
    cli.on("exit", () => {
      resolve();
    }),
  );
  const isOver = () => cli.exitCode !== null || cli.signalCode !== null;
  await Promise.race([sleep(fraction * usualSeconds * 1000), ended]);
  const interrupted = await strike(farm, victim, cli, isOver);
  const since = Date.now();
  if (!(await isDoneWithin(endLimitSeconds, ended))) {
    faults.push(`the CLI did not end within ${endLimitSeconds} s`);
    cli.kill("SIGKILL");
    await ended;
  }
  const endSeconds = (Date.now() - since) / 1000;
  const ranSeconds = (Date.now() - started) / 1000;
  if (interrupted && victim === "ctrlC" && farm.web.project.isLocked()) faults.push("Ctrl-C left a lock");
  await eventually("the end of all processes", processesLimitSeconds, () =>
    Promise.resolve(processesOf(farm.web.project.directory).length === 0 ? true : undefined),
  ).catch(() => {
    const left = processesOf(farm.web.project.directory).map(({ command }) => command.slice(0, 120));
    faults.push(`processes are left: ${left.join("; ")}`);
  });
  if (interrupted && victim === "engine") await farm.engine.startDaemon();

  const repairStart = Date.now();
  const { commands, last } = await repair(farm, command[0] === "destroy" ? "destroy" : "up");
  const repairSeconds = (Date.now() - repairStart) / 1000;
  faults.push(...last, ...(await farm.faults()));
  if (farm.wanted > 0) faults.push(...(await serving(farm)));
  const report = await load?.stop();
  // Without its engine no container of this machine can be reached, whatever anybody does.
  if (victim !== "engine" && report !== undefined && report.failed > 0) {
    faults.push(`requests failed: ${JSON.stringify(report.failures)}`);
  }
  if (faults.length > 0) faults.push(`what it printed: ${output().slice(-1500)}`);
  return {
    ...interruption,
    interrupted,
    ranSeconds,
    endSeconds,
    commands,
    repairSeconds,
    requests: report?.ok ?? 0,
    failed: report?.failed ?? 0,
    faults,
  };
}

const patterns: Partial<Record<Victim, RegExp>> = {
  program: /cmd\/run\b/,
  languageHost: /language-host\/main\.js|pulumi-language-nodejs/,
  plugin: /docker-plugin\/main\.js|pulumi-resource-docker/,
};

/** Kills the victim; waits for it when it has not been started yet. False when the update is over before. */
async function strike(
  farm: FaultFarm,
  victim: Victim,
  cli: ChildProcess,
  isOver: () => boolean,
): Promise<boolean> {
  const pid = cli.pid ?? 0;
  while (!isOver()) {
    if (victim === "cli") return cli.kill("SIGKILL");
    if (victim === "ctrlC") return process.kill(-pid, "SIGINT");
    if (victim === "engine") {
      await farm.engine.endDaemon("SIGKILL");
      return true;
    }
    const target = descendantsOf(pid).find(({ command }) => patterns[victim]?.test(command));
    if (target !== undefined) return process.kill(target.pid, "SIGKILL");
    await sleep(50);
  }
  return false;
}

/** As docs/reliability.md says: `cancel` where a lock is left, then the same command with `--refresh`. */
async function repair(
  farm: FaultFarm,
  command: "up" | "destroy",
): Promise<{ commands: string[]; last: string[] }> {
  const commands: string[] = [];
  if (farm.web.project.isLocked()) {
    await farm.web.expect("cancel", "--yes");
    commands.push("cancel");
  }
  for (let attempt = 1; ; attempt++) {
    commands.push(`${command} --refresh`);
    const run = await farm.web.project.run(command, "--refresh", "--yes", "--skip-preview");
    if (run.exitCode === 0) break;
    if (attempt === repairs) {
      return { commands, last: [`${command} --refresh fails ${repairs} times: ${run.output.slice(-1500)}`] };
    }
  }
  if (command === "destroy") return { commands, last: [] };
  const preview = await farm.web.project.run("preview", "--diff", "--expect-no-changes");
  return { commands, last: preview.exitCode === 0 ? [] : [`not converged: ${preview.output}`] };
}

async function serving(farm: FaultFarm): Promise<string[]> {
  const all = Array.from({ length: farm.wanted }, (_, index) => `web-${index + 1}`).join();
  let seen = "";
  return eventually(`answers of ${all}`, 20, async () => {
    seen = (await replicasSeen(farm.url)).join();
    return seen === all ? [] : undefined;
  }).catch(() => [`${seen} answer, not ${all}`]);
}

function collect(cli: ChildProcess): () => string {
  let text = "";
  for (const stream of [cli.stdout, cli.stderr]) {
    stream?.on("data", (part: Buffer) => {
      text += part.toString("utf8");
    });
  }
  return () => text;
}

async function isDoneWithin(seconds: number, work: Promise<unknown>): Promise<boolean> {
  const late = new AbortController();
  try {
    return await Promise.race([
      work.then(() => true),
      sleep(seconds * 1000, false, { signal: late.signal, ref: false }),
    ]);
  } finally {
    late.abort();
  }
}
