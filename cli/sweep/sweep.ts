import { dirname } from "node:path";
import { createInterface } from "node:readline/promises";
import type Docker from "dockerode";
import { bounded } from "../../sdk/preflight/bounded";
import { removeContainer } from "../../sdk/reload/sweep";
import { readCluster } from "../../sdk/swarm/cluster";
import { reachEngine } from "../engine/connection";
import { projectFile, projectName, pulumiCli, reason, type EngineOptions } from "../engine/settings";
import { exitCodes, type ExitCode } from "../exitCodes";
import { filterOf } from "../filter";
import { columns, type Io } from "../io";
import { farmMembers, farmShared } from "./find";
import {
  stackState,
  sweepPlan,
  type Leftover,
  type StackState,
  type SweepPlan,
  type UnknownState,
} from "./plan";
import { messageOf } from "../../sdk/errorText";

/** Options of `webfarm sweep`. */
export interface SweepOptions extends EngineOptions {
  json?: boolean;
  /** Remove without asking. */
  yes?: boolean;
  /** Also what cannot be told. */
  unsure?: boolean;
}

/** `webfarm sweep`: removes what interrupted runs left behind, after a question. */
export async function sweep(farm: string | undefined, options: SweepOptions, io: Io): Promise<ExitCode> {
  const { docker } = await reachEngine(options, io.note);
  const filter = filterOf(farm, options);
  const cluster = await readCluster(docker);
  const members = await farmMembers(docker, cluster, filter);
  const shared = await farmShared(docker, cluster, filter);
  const stacks = new Set([...members, ...shared].map(({ stack }) => stack));
  const states = new Map<string, StackState | UnknownState>();
  for (const stack of stacks) states.set(stack, await stateOf(stack, options));
  // Ages are told by the engine's clock, which may be another than ours.
  const plan = sweepPlan(members, shared, states, new Date(cluster.time));
  const chosen = options.unsure === true ? [...plan.orphans, ...plan.unsure] : plan.orphans;

  if (options.json !== true) for (const line of planText(plan, options)) io.out(line);
  const removed =
    chosen.length > 0 && (await agreed(chosen, options, io))
      ? await removeAll(docker, chosen, options, io)
      : [];
  if (options.json === true) io.out(JSON.stringify({ ...plan, removed }, undefined, 2));
  return removed.length === chosen.length ? exitCodes.ok : exitCodes.found;
}

/** What the backend of this folder's project knows of a stack. */
async function stateOf(label: string, { cwd }: EngineOptions): Promise<StackState | UnknownState> {
  const file = projectFile(cwd);
  if (file === undefined) return { unknown: "its state is not known outside of its Pulumi project" };
  const project = dirname(file);
  const [labelProject = "", stack = ""] = label.split("/");
  try {
    const name = (JSON.parse(await pulumiCli(project, ["stack", "ls", "--json"])) as { name: string }[])
      .map(({ name }) => name)
      .find((name) => name === stack || name.endsWith(`/${stack}`));
    if (name === undefined || projectName(file) !== labelProject) {
      return { unknown: `the project in this folder has no stack ${label}` };
    }
    return stackState(await pulumiCli(project, ["stack", "export", "--stack", name]));
  } catch (error) {
    return { unknown: `its state cannot be read: ${reason(error)}` };
  }
}

function planText({ orphans, unsure }: SweepPlan, options: SweepOptions): string[] {
  const rows = (leftovers: readonly Leftover[]) =>
    columns(
      leftovers.map(({ kind, name, stack, description, reason }) => [kind, name, stack, description, reason]),
    ).map((line) => `  ${line}`);
  return [
    ...(orphans.length === 0 ? ["Nothing is left over."] : ["Left over:", ...rows(orphans)]),
    ...(unsure.length === 0
      ? []
      : [
          options.unsure === true ? "To be removed as well:" : "Cannot be told, so it stays:",
          ...rows(unsure),
          ...(options.unsure === true ? [] : ["  -> webfarm sweep --unsure removes this too; look twice"]),
        ]),
  ];
}

/** Asks on a terminal; elsewhere only `--yes` will do. */
async function agreed(leftovers: readonly Leftover[], { yes, json }: SweepOptions, io: Io): Promise<boolean> {
  if (yes === true) return true;
  if (json === true || !io.terminal || !process.stdin.isTTY) {
    io.note("Nothing was removed; --yes removes it without a question.");
    return false;
  }
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await prompt.question(
    `Remove ${leftovers.length === 1 ? "it" : `these ${leftovers.length}`}? [y/N] `,
  );
  prompt.close();
  return /^y(es)?$/i.test(answer.trim());
}

async function removeAll(
  docker: Docker,
  leftovers: readonly Leftover[],
  { json }: SweepOptions,
  io: Io,
): Promise<Leftover[]> {
  const removed: Leftover[] = [];
  const inOrder = [...leftovers].sort((a, b) => removalOrder.indexOf(a.kind) - removalOrder.indexOf(b.kind));
  for (const leftover of inOrder) {
    const { kind, name } = leftover;
    try {
      await removeOne(docker, leftover);
      removed.push(leftover);
      if (json !== true) io.out(`removed ${kind} ${name}`);
    } catch (error) {
      io.note(`${kind} ${name} was not removed: ${messageOf(error)}`);
    }
  }
  return removed;
}

/** What is used goes after what uses it. */
const removalOrder: readonly Leftover["kind"][] = ["service", "container", "config", "secret", "network"];

async function removeOne(docker: Docker, { kind, id }: Leftover): Promise<void> {
  if (kind === "container") return removeContainer(docker.getContainer(id));
  const found = {
    service: () => docker.getService(id),
    config: () => docker.getConfig(id),
    secret: () => docker.getSecret(id),
    network: () => docker.getNetwork(id),
  }[kind]();
  for (let attempt = 1; ; attempt++) {
    try {
      await bounded(found.remove() as Promise<unknown>, 30);
      return;
    } catch (error) {
      // A network is free only once the tasks of a removed service have stopped.
      const inUse = kind === "network" && /in use|active endpoints/.test(messageOf(error));
      if (!inUse || attempt >= networkAttempts) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

/** One a second; tasks have 10 s to stop where nothing else was said. */
const networkAttempts = 45;
