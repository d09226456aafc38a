import type Docker from "dockerode";
import { firstLineOf } from "../errorText";
import { bounded } from "../preflight/bounded";
import { logLines } from "../reload/logFrames";
import type { ClusterTask } from "./cluster";
import { taskOf, type RawService, type RawTask } from "./clusterAnswers";
import { specLabel } from "./serviceArgs";
import { judgeService, type GateVerdict, type ServiceState, type WantedTasks } from "./taskGate";

/** Options of {@link waitForTasks}. */
export interface TaskGateOptions extends WantedTasks {
  /** For messages: the service's name in its farm. */
  name: string;
  /** Name or id on the swarm. */
  service: string;
  /** Seconds within which one more task must come to run. */
  stepSeconds: number;
  log: (line: string) => void;
}

const pollSeconds = 0.5;

/** A manager that lost its majority answers late. */
const answerSeconds = 20;

/** So long a node may take to pull an image before it counts as no progress: those of Windows have gigabytes. */
const pullSeconds = 1800;

/** So long the manager may not answer: another one takes the lead, an engine is started again. */
const patienceSeconds = 60;

/**
 * Waits until every task of a service runs with its new settings, and ends early when the swarm rolled the update
 * back, or tasks fail again and again.
 *
 * @throws Error naming the tasks that failed, each with its node, what the swarm says and its last log lines
 */
export async function waitForTasks(engine: Docker, options: TaskGateOptions): Promise<void> {
  const { name, log, stepSeconds } = options;
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const judge = observer(options, seconds);
  let best = -1;
  let stepEnds = stepSeconds;
  let pullEnds = pullSeconds;
  let nextReport = 10;
  let silentSince: number | undefined;
  for (;;) {
    const state = await readService(engine, options.service).catch((error: unknown) => {
      if (isGone(error)) {
        throw new Error(`${name}: its service is gone from the swarm; run pulumi refresh, then pulumi up`);
      }
      if (silentSince === undefined) log(`${name}: the manager does not answer: ${firstLineOf(error)}`);
      silentSince ??= seconds();
      if (seconds() - silentSince > patienceSeconds) throw silence(name, error);
      return undefined;
    });
    if (state !== undefined) {
      silentSince = undefined;
      const verdict = judge(state);
      if (verdict.verdict === "done") {
        log(`${name}: all tasks run after ${seconds().toFixed(1)} s`);
        return;
      }
      if (verdict.verdict === "failed") throw await gateError(engine, options, verdict);
      if (verdict.running > best) {
        best = verdict.running;
        stepEnds = seconds() + stepSeconds;
        pullEnds = seconds() + pullSeconds;
      } else if (verdict.pulling && seconds() < pullEnds) {
        stepEnds = seconds() + stepSeconds;
      } else if (seconds() > stepEnds) {
        const reason = `nothing came forward within ${stepSeconds} s: ${verdict.reason}`;
        const tasks = state.tasks.filter(
          ({ desired, state }) => desired === "running" && state !== "running",
        );
        throw await gateError(engine, options, { verdict: "failed", reason, rolledBack: false, tasks });
      }
      if (seconds() >= nextReport) {
        log(
          `${name}: ${verdict.running} new tasks run, ${verdict.reason}, ${Math.floor(seconds())} s so far`,
        );
        nextReport = seconds() + 10;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, pollSeconds * 1000));
  }
}

/** Judges a service, remembering what was seen of it before. */
function observer(wanted: WantedTasks, seconds: () => number): (state: ServiceState) => GateVerdict {
  let endedBefore: ReadonlySet<string> | undefined;
  const unplacedSince = new Map<string, number>();
  return (state) => {
    endedBefore ??= new Set(
      state.tasks.filter(({ desired }) => desired !== "running" && desired !== "ready").map(({ id }) => id),
    );
    for (const { id, node } of state.tasks) {
      if (node !== "") unplacedSince.delete(id);
      else if (!unplacedSince.has(id)) unplacedSince.set(id, seconds());
    }
    const unplacedSeconds = (task: string) => seconds() - (unplacedSince.get(task) ?? seconds());
    return judgeService(state, wanted, { endedBefore, unplacedSeconds });
  };
}

async function readService(engine: Docker, service: string): Promise<ServiceState> {
  const [found, tasks] = await Promise.all([
    bounded(engine.getService(service).inspect() as Promise<RawService>, answerSeconds),
    bounded(engine.listTasks({ filters: { service: [service] } }) as Promise<RawTask[]>, answerSeconds),
  ]);
  const { Spec, UpdateStatus } = found;
  return {
    spec: Spec.TaskTemplate.ContainerSpec?.Labels?.[specLabel] ?? "",
    ...(UpdateStatus?.State === undefined
      ? {}
      : { update: { state: UpdateStatus.State, message: UpdateStatus.Message ?? "" } }),
    tasks: tasks.map((raw) => {
      const task = taskOf(raw);
      return { ...task, spec: task.labels[specLabel] ?? "" };
    }),
  };
}

function silence(name: string, error: unknown): Error {
  return new Error(
    `${name}: the manager has not answered for ${patienceSeconds} s: ${firstLineOf(error)}. What it was told to do goes ` +
      "on when it is back; then run pulumi up again, which waits for it.",
  );
}

function isGone(error: unknown): boolean {
  return (error as { statusCode?: number }).statusCode === 404;
}

async function gateError(
  engine: Docker,
  { name }: TaskGateOptions,
  { reason, rolledBack, tasks }: Extract<GateVerdict, { verdict: "failed" }>,
): Promise<Error> {
  const shown = tasks.slice(0, 5);
  const nodes = await nodeNames(engine);
  const reports = await Promise.all(
    shown.map(async (task) => {
      const lines = await lastLogLines(engine, task);
      const place = task.slot > 0 ? `${name}.${task.slot}` : name;
      const node = task.node === "" ? "" : ` on ${nodes.get(task.node) ?? task.node}`;
      const words = [task.state, task.error === "" ? task.message : task.error].filter((word) => word !== "");
      return [`  - ${place}${node}: ${words.join(": ")}`, ...lines.map((line) => `      | ${line}`)].join(
        "\n",
      );
    }),
  );
  const more = tasks.length - shown.length;
  return new Error(
    [
      `${name}: ${rolledBack ? "the swarm has gone back to the settings before" : "not all tasks run"}: ${reason}`,
      ...reports,
      ...(more > 0 ? [`  and ${more} more`] : []),
      "  What served before still serves.",
      rolledBack
        ? "  Mend the image or its settings and run pulumi up. To try the same settings again: pulumi up --refresh, " +
          "as Pulumi's state holds the new settings and the swarm the old ones."
        : "  Mend what the swarm names and run pulumi up again.",
    ].join("\n"),
  );
}

async function nodeNames(engine: Docker): Promise<Map<string, string>> {
  interface Node {
    ID: string;
    Description: { Hostname: string };
  }
  const nodes = await bounded(engine.listNodes() as Promise<Node[]>, answerSeconds).catch(() => []);
  return new Map(nodes.map(({ ID, Description }) => [ID, Description.Hostname]));
}

/** What dockerode's types leave out of a task. */
interface TaskLogs {
  logs(options: { stdout: boolean; stderr: boolean; tail: number }): Promise<Buffer | NodeJS.ReadableStream>;
}

/** The last lines of a task; none when its node does not answer or its container is gone. */
async function lastLogLines(engine: Docker, { id, container }: ClusterTask): Promise<string[]> {
  if (container === "") return [];
  try {
    const task = engine.getTask(id) as unknown as TaskLogs;
    const raw = await bounded(task.logs({ stdout: true, stderr: true, tail: 10 }).then(bytesOf), 5);
    return logLines(raw);
  } catch {
    return [];
  }
}

async function bytesOf(answer: Buffer | NodeJS.ReadableStream): Promise<Buffer> {
  if (Buffer.isBuffer(answer)) return answer;
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(Buffer.from(part as Buffer));
  return Buffer.concat(parts);
}
