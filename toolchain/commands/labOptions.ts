import { parseArgs } from "node:util";
import type { Span } from "../../lab/cell/knobs";
import type { LabOptions } from "../../lab/lab";
import type { HostRelease } from "../../sdk/args";
import { imageTags } from "../../sdk/platform/releases";
import { SetupError } from "../setup/errors";

const releases = Object.keys(imageTags) as HostRelease[];

export const labHelp = `npm run lab -- OPTIONS: a Windows container host on Linux, until Ctrl-C

  --release RELEASE         ${releases.join(", ")}; default 2022
  --isolation KIND          what containers run in: process (default) or hyperv
  --port PORT               listen on this port of 127.0.0.1, not on a socket

Late and flaky by choice; SPAN is a number or a range such as 3-10:
  --seed NUMBER             the same seed gives the same trouble; default 1
  --start-seconds SPAN      containers start so late
  --exec-seconds SPAN       processes run in a container (docker exec) start so late
  --dns-delay SPAN          the engine's DNS answers so many seconds late
  --dns-negative SPAN       so many answers say "no such name" after a name's addresses have changed
  --dns-partial SPAN        so many answers after those lack an address
  --negative-seconds SPAN   so long the DNS client remembers that a name was not there; default 900

The field report's ten failing reloads: npm run lab -- --release 2016 --dns-negative 8-12
`;

const text = { type: "string" } as const;
const flags = {
  release: text,
  isolation: text,
  port: text,
  seed: text,
  "start-seconds": text,
  "exec-seconds": text,
  "dns-delay": text,
  "dns-negative": text,
  "dns-partial": text,
  "negative-seconds": text,
  help: { type: "boolean" },
} as const;

/**
 * The options of `npm run lab`; undefined when only help is asked for.
 *
 * @throws SetupError for an option or a value that is not known
 */
export function readLabOptions(args: readonly string[]): Omit<LabOptions, "engine"> | undefined {
  const values = parse(args);
  if (values.help === true) return undefined;
  const span = (flag: keyof typeof flags): Span | undefined => {
    const value = values[flag];
    return typeof value === "string" ? readSpan(flag, value) : undefined;
  };
  return defined({
    release: oneOf("release", values.release, releases),
    isolation: oneOf("isolation", values.isolation, ["process", "hyperv"] as const),
    port: readWhole("port", values.port),
    knobs: defined({
      seed: readWhole("seed", values.seed),
      startSeconds: span("start-seconds"),
      execSeconds: span("exec-seconds"),
      dns: defined({
        delaySeconds: span("dns-delay"),
        negativeAnswers: span("dns-negative"),
        partialAnswers: span("dns-partial"),
        negativeSeconds: span("negative-seconds"),
      }),
    }),
  });
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags, strict: true }).values;
  } catch (error) {
    const [first = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new SetupError(first, "npm run lab -- --help lists the options.");
  }
}

function oneOf<T extends string>(
  flag: string,
  value: string | undefined,
  allowed: readonly T[],
): T | undefined {
  const found = allowed.find((one) => one === value);
  if (value !== undefined && found === undefined) throw wrong(flag, value, `one of ${allowed.join(", ")}`);
  return found;
}

function readWhole(flag: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d{1,9}$/.test(value)) throw wrong(flag, value, "a whole number");
  return Number(value);
}

function readSpan(flag: string, value: string): Span {
  const [, from, to] = /^(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?$/.exec(value) ?? [];
  if (from === undefined || (to !== undefined && Number(to) < Number(from)))
    throw wrong(flag, value, "a number such as 5, or a range such as 3-10");
  return to === undefined ? Number(from) : [Number(from), Number(to)];
}

function wrong(flag: string, value: string, allowed: string): SetupError {
  return new SetupError(
    `--${flag} is "${value}"; allowed is ${allowed}`,
    "npm run lab -- --help lists them.",
  );
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}
