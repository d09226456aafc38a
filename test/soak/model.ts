/** What can be done to one replica. A crash heals by itself, everything else stays until somebody repairs it. */
export const harms = ["crash", "hang", "disconnect", "stop", "remove"] as const;
export type Harm = (typeof harms)[number];

/** What can be done to the proxy, and to all that runs on the engine: nothing answers for a while. */
export const outages = ["proxyCrash", "proxyHang", "proxyRemove", "powerCut"] as const;
export type Outage = (typeof outages)[number];

/** One thing that happens to a farm. */
export type Step =
  | { kind: "scale"; replicas: number }
  | { kind: "roll" | "badRoll" | "killedRoll" | "changeByHand" | "repair" }
  | { kind: "harm"; replica: number; by: Harm }
  | { kind: "outage"; by: Outage };

/** What the farm is, as it was asked for and as it was harmed. */
export interface Farm {
  replicas: number;
  /** Counts the rolls. */
  generation: number;
  /** The replica that does not serve. There is never more than one, so that another one always does. */
  broken?: { replica: number; by: Harm };
}

export const fewest = 2;
const most = 5;
export const home: Farm = { replicas: fewest, generation: 1 };

/** What the farm is after a step. */
export function after(farm: Farm, step: Step): Farm {
  const { replicas, generation, broken } = farm;
  switch (step.kind) {
    case "scale": {
      const stays = broken !== undefined && !healsByUp(broken.by) && broken.replica <= step.replicas;
      return { replicas: step.replicas, generation, ...(stays && { broken }) };
    }
    case "roll":
    case "killedRoll":
      return { replicas, generation: generation + 1 };
    case "repair":
      return { replicas, generation };
    case "harm":
      return step.by === "crash" ? farm : { ...farm, broken: { replica: step.replica, by: step.by } };
    case "badRoll":
    case "changeByHand":
    case "outage":
      return farm;
  }
}

/** Whether any `up --refresh` makes the replica anew; one that hangs or has no network looks well to Pulumi. */
export function healsByUp(by: Harm): boolean {
  return by === "remove" || by === "stop";
}

/** A generation as the farm has it: always of the same length, so that the state's size tells something. */
export function generationText(generation: number): string {
  return String(generation).padStart(4, "0");
}

/** Who must serve, each as `replica/generation`, and nobody else. */
export function serving({ replicas, generation, broken }: Farm): string[] {
  return Array.from({ length: replicas }, (_, index) => index + 1)
    .filter((replica) => replica !== broken?.replica)
    .map((replica) => `web-${replica}/${generationText(generation)}`);
}

/** Draws the next step, of those that a farm of this kind allows. */
export function nextStep(farm: Farm, random: () => number): Step {
  const whole = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  const one = <T>(of: readonly [T, ...T[]]): T => of[whole(0, of.length - 1)] ?? of[0];
  const scale = (): Step => {
    const other = whole(fewest, most - 1);
    return { kind: "scale", replicas: other >= farm.replicas ? other + 1 : other };
  };
  if (farm.broken !== undefined) {
    // The names of replicas without a network do not resolve, so nginx would refuse a list with them.
    const choices: [Step, ...Step[]] = [{ kind: "repair" }, { kind: "repair" }, { kind: "roll" }];
    return one(farm.broken.by === "disconnect" ? choices : [...choices, scale()]);
  }
  const harm = (): Step => ({ kind: "harm", replica: whole(1, farm.replicas), by: one(harms) });
  const outage = (): Step => ({ kind: "outage", by: one(outages) });
  return one<() => Step>([
    harm,
    ...[harm, harm, harm, outage, outage, scale, scale],
    () => ({ kind: "roll" }),
    () => ({ kind: one(["badRoll", "killedRoll", "changeByHand"]) }),
  ])();
}

/** A time, in milliseconds since 1970, in which requests may fail. */
export interface Window {
  from: number;
  to: number;
}

/** The requests that failed although no declared window touches the time that they took. */
export function lost<Request extends Window>(
  failures: readonly Request[],
  windows: readonly Window[],
): Request[] {
  return failures.filter(({ from, to }) => !windows.some((window) => from <= window.to && to >= window.from));
}

/** A step for a person who looks on. */
export function nameOf(step: Step): string {
  switch (step.kind) {
    case "scale":
      return `scale to ${step.replicas}`;
    case "harm":
      return `${step.by} of web-${step.replica}`;
    case "outage":
      return step.by;
    default:
      return step.kind;
  }
}

/** The row of the table to which a step belongs. */
export function groupOf(step: Step): string {
  switch (step.kind) {
    case "harm":
      return `replica: ${step.by}`;
    case "outage":
      return groups[step.by];
    default:
      return groups[step.kind];
  }
}

const groups: Record<Exclude<Step["kind"], "harm" | "outage"> | Outage, string> = {
  scale: "scale out or in",
  roll: "roll",
  badRoll: "roll to an unhealthy version, and back",
  killedRoll: "roll, the CLI killed; repair",
  changeByHand: "list in the proxy changed by hand; `up`",
  repair: "repair of a replica",
  proxyCrash: "proxy: crash",
  proxyHang: "proxy: hangs for 2 s",
  proxyRemove: "proxy: removed; `up --refresh`",
  powerCut: "power cut of the whole engine",
};
