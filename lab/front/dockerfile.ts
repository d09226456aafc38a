import { EngineRefusal, given } from "./api";
import { cellExec } from "./create";
import { belowPath } from "./windowsPaths";

export interface DockerfileOptions {
  readonly buildArgs: Readonly<Record<string, string | null>>;
  /** Whether the programs of a base image are Windows programs. */
  readonly isCell: (reference: string) => boolean;
}

/** An instruction on one line, its continuations joined as the engine joins them. */
interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** What a stage of the Dockerfile is built on, and how its commands are run. */
interface Stage {
  isCell: boolean;
  shell: string[];
}

/** The base images that a Dockerfile names, stages of its own left out. */
export function basesOf(text: string, buildArgs: DockerfileOptions["buildArgs"]): string[] {
  const bases = new Set<string>();
  readStages(text, buildArgs, (base) => {
    bases.add(base);
    return false;
  });
  return [...bases];
}

/**
 * A Dockerfile for Windows as one for the Linux engine below: commands are run by the cell's `/lab/exec`,
 * paths lie below /c. Stages on other images stay as they are.
 *
 * @throws Error for an instruction that cannot be translated, with the instruction
 */
export function translateDockerfile(text: string, { buildArgs, isCell }: DockerfileOptions): string {
  const lines: string[] = escapeOf(text) === "`" ? ["# escape=`"] : [];
  readStages(text, buildArgs, isCell, ({ name, rest }, stage) => {
    if (name === "FROM") lines.push(`FROM ${rest.replace(/--platform=\S+\s+/, "")}`);
    else if (stage?.isCell) lines.push(...translate({ name, rest }, stage));
    else lines.push(`${name} ${rest}`);
  });
  return `${lines.join("\n")}\n`;
}

function readStages(
  text: string,
  buildArgs: DockerfileOptions["buildArgs"],
  isCell: (reference: string) => boolean,
  visit: (instruction: Instruction, stage: Stage | undefined) => void = () => undefined,
): void {
  const variables: Record<string, string> = {};
  const stages = new Map<string, boolean>();
  let stage: Stage | undefined;
  for (const instruction of instructions(text)) {
    const { name, rest } = instruction;
    if (name === "ARG" && stage === undefined) {
      const [variable = "", value = ""] = rest.split(/=(.*)/s);
      variables[variable] = buildArgs[variable] ?? unquoted(value);
    }
    if (name === "FROM") {
      const [base = "", , alias] = rest.replace(/--platform=\S+\s+/, "").split(/\s+/);
      const reference = substituted(base, variables);
      const known = stages.get(reference.toLowerCase());
      stage = { isCell: known ?? (reference !== "scratch" && isCell(reference)), shell: ["cmd", "/S", "/C"] };
      if (alias !== undefined) stages.set(alias.toLowerCase(), stage.isCell);
    }
    visit(instruction, stage);
  }
}

function escapeOf(text: string): string {
  for (const line of text.split(/\r?\n/)) {
    const directive = /^#\s*(\w+)\s*=\s*(\S+)\s*$/.exec(line);
    if (directive === null) break;
    if (directive[1]?.toLowerCase() === "escape") return directive[2] ?? "\\";
  }
  return "\\";
}

function instructions(text: string): Instruction[] {
  const escape = escapeOf(text);
  const found: Instruction[] = [];
  let open = "";
  for (const line of text.split(/\r?\n/)) {
    // Comments and empty lines may stand between the lines of one instruction.
    if (line.trim() === "" || line.trimStart().startsWith("#")) continue;
    const continues = line.trimEnd().endsWith(escape);
    open += continues ? line.trimEnd().slice(0, -1) : line;
    if (continues) continue;
    const [, name = "", rest = ""] = /^\s*(\S+)\s*(.*)$/s.exec(open) ?? [];
    found.push({ name: name.toUpperCase(), rest: rest.trim() });
    open = "";
  }
  if (open.trim() !== "")
    throw new EngineRefusal(400, `the Dockerfile ends inside an instruction: ${open.trim()}`);
  return found;
}

function translate({ name, rest }: Instruction, stage: Stage): string[] {
  const words = jsonWords(rest);
  switch (name) {
    case "RUN":
      return [`RUN ${JSON.stringify([cellExec, ...(words ?? [...stage.shell, rest])])}`];
    case "CMD":
    case "ENTRYPOINT":
      return [`${name} ${JSON.stringify(words ?? [...stage.shell, rest])}`];
    case "SHELL":
      if (words === undefined) return fail(name, rest, "SHELL takes a list in JSON");
      stage.shell = words;
      return [`SHELL ${rest}`];
    case "WORKDIR":
      return [`WORKDIR ${placeBelow(name, rest, unquoted(rest))}`];
    case "VOLUME":
      return [
        `VOLUME ${JSON.stringify((words ?? rest.split(/\s+/)).map((path) => placeBelow(name, rest, path)))}`,
      ];
    case "COPY":
    case "ADD":
      return [copy(name, rest)];
    case "USER":
    case "STOPSIGNAL":
      // Accounts of Windows are not below, and Windows knows no signals.
      return [];
    case "ONBUILD":
      return fail(name, rest, "instructions for images built on this one are not known here");
    default:
      return [`${name} ${rest}`];
  }
}

function copy(name: string, rest: string): string {
  const [, flags = "", paths = ""] = /^((?:--\S+\s+)*)(.*)$/s.exec(rest) ?? [];
  const words = jsonWords(paths) ?? paths.split(/\s+/);
  const target = words.pop();
  if (target === undefined || words.length === 0) return fail(name, rest, "it needs a source and a target");
  const sources = words.map((source) => {
    if (/^[a-z]+:\/\//i.test(source)) return source;
    return /^[a-z]:[\\/]/i.test(source) ? belowPath(source) : source.replaceAll("\\", "/");
  });
  // --chown names accounts of Windows.
  const kept = flags.replace(/--chown=\S+\s+/, "");
  return `${name} ${kept}${JSON.stringify([...sources, placeBelow(name, rest, target)])}`;
}

/** A path in the image; a `\` or `/` at its end says that it is a directory. */
function placeBelow(name: string, rest: string, path: string): string {
  if (/^[$%]/.test(path)) return fail(name, rest, "a path that begins with a variable cannot be translated");
  const end = /[\\/]$/.test(path) ? "/" : "";
  if (/^([a-z]:)?[\\/]/i.test(path)) return `${belowPath(path)}${end}`;
  return path.replaceAll("\\", "/").toLowerCase();
}

function fail(name: string, rest: string, why: string): never {
  throw new EngineRefusal(400, `the laboratory cannot build this Dockerfile: ${why}: ${name} ${rest}`);
}

function jsonWords(text: string): string[] | undefined {
  if (!text.startsWith("[")) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    if (Array.isArray(parsed) && parsed.every((word) => typeof word === "string")) return parsed;
  } catch {
    // A shell command may begin with a bracket.
  }
  return undefined;
}

function unquoted(value: string): string {
  return value.replace(/^(["'])(.*)\1$/s, "$2");
}

/** `$NAME`, `${NAME}` and `${NAME:-default}`. */
function substituted(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(
    /\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))/g,
    (_, braced: string | undefined, fallback: string | undefined, plain: string | undefined) =>
      given(variables[braced ?? plain ?? ""]) ?? fallback ?? "",
  );
}
