import { Command, InvalidArgumentError, Option } from "commander";
import { openConsole, type ConsoleOptions } from "./console/console";
import { doctor, type DoctorOptions } from "./doctor/doctor";
import { exitCodes } from "./exitCodes";
import { importCommand, type ImportOptions } from "./import/import";
import { init, type InitOptions } from "./init/init";
import type { Io } from "./io";
import { sinceSeconds } from "./logs/lines";
import { logs, type LogsOptions } from "./logs/logs";
import { page, type PageOptions } from "./page/page";
import { reload, type ReloadOptions } from "./reload/reload";
import { sweep, type SweepOptions } from "./sweep/sweep";
import { status, type StatusOptions } from "./status/status";

/** What the command knows of its own package. */
export interface PackageFacts {
  version: string;
  /** What a new project depends on. */
  versions: Readonly<Record<string, string>>;
}

/** The parsed command line of `webfarm`; `done` gets the exit code of the command that ran. */
export function webfarmProgram(
  { version, versions }: PackageFacts,
  io: Io,
  done: (exitCode: number) => void,
): Command {
  const program = new Command("webfarm")
    .description("Looks after web farms that pulumi-webfarm made on a Docker engine.")
    .version(version)
    .option("--json", "print plain data instead of text")
    .option("--host <address>", "the engine: unix://, npipe://, tcp://, https:// or ssh://")
    .option("--cert-path <folder>", "folder with ca.pem, cert.pem and key.pem of the engine")
    .option("--stack <stack>", "only farms of this stack, project/stack or stack; its docker: settings count")
    .option("--cwd <folder>", "folder of the Pulumi project whose settings count")
    .configureOutput({
      writeOut: (text) => {
        io.out(text.trimEnd());
      },
      writeErr: (text) => {
        io.note(text.trimEnd());
      },
    })
    .exitOverride()
    .showHelpAfterError("(webfarm --help lists the commands)")
    .addHelpText(
      "after",
      `
The engine is the one of --host, else of the stack's docker: settings, else of DOCKER_HOST.
Exit codes: ${exitCodes.ok} well or done, ${exitCodes.found} something is wrong, ${exitCodes.usage} not understood, ${exitCodes.unreachable} engine or Pulumi CLI not reached.`,
    );

  program
    .command("status")
    .description("shows replicas, their health, what the proxy has in rotation, and what does not fit")
    .argument("[farm]", "only this farm")
    .option("-w, --watch", "look again and again, until Ctrl-C")
    .option("--interval <seconds>", "seconds between two looks", seconds, 2)
    .action(async (farm: string | undefined, _, command: Command) => {
      done(await status(farm, command.optsWithGlobals<StatusOptions>(), io));
    });

  program
    .command("page")
    .description("serves the status as a page to this machine's browsers, until Ctrl-C")
    .argument("[farm]", "only this farm")
    .option("--port <port>", "port of this machine; any that is free when left out", port, 0)
    .action(async (farm: string | undefined, _, command: Command) => {
      done(await page(farm, command.optsWithGlobals<PageOptions>(), version, io));
    });

  program
    .command("reload")
    .description("lets the proxy take up its configuration again, with names looked up anew")
    .argument("[farm]", "the farm; may be left out when there is only one")
    .action(async (farm: string | undefined, _, command: Command) => {
      done(await reload(farm, command.optsWithGlobals<ReloadOptions>(), io));
    });

  program
    .command("sweep")
    .description("removes what interrupted runs left behind; asks first")
    .argument("[farm]", "only this farm")
    .option("-y, --yes", "do not ask")
    .option("--unsure", "also what cannot be told, such as after a destroy")
    .action(async (farm: string | undefined, _, command: Command) => {
      done(await sweep(farm, command.optsWithGlobals<SweepOptions>(), io));
    });

  program
    .command("doctor")
    .description("looks at everything that a farm needs of its host, and says what to do")
    .option("--port <port>", "a port that a farm is to publish; may be given again", ports)
    .option("--image <image>", "an image that a farm is to use; may be given again", again)
    .addOption(
      new Option("--orchestrator <orchestrator>", "who is to run a farm; the stack's when left out").choices([
        "host",
        "swarm",
      ]),
    )
    .action(async (_, command: Command) => {
      done(await doctor(command.optsWithGlobals<DoctorOptions>(), io));
    });

  program
    .command("logs")
    .description("prints what the containers printed, merged in the order of time")
    .argument("[farm]", "only this farm")
    .option("--app <app>", "only this app, proxy or console; may be given again", again)
    .option("--replica <replica>", "only this replica, such as webapp-1; may be given again", again)
    .option("--tail <lines>", "the last lines of each container", wholeNumber, 100)
    .option("--since <time>", "not before: 10m, 2h, or a time such as 2026-11-25T12:00:00Z", since)
    .option("-f, --follow", "go on until Ctrl-C, with containers that come")
    .option("-t, --timestamps", "with the time of each line")
    .action(async (farm: string | undefined, _, command: Command) => {
      done(await logs(farm, command.optsWithGlobals<LogsOptions>(), io));
    });

  program
    .command("console")
    .description("opens a shell, or runs a command, in the farm's console or in a replica")
    .argument("[farm]", "the farm; may be left out when there is only one")
    .argument("[command...]", "the command, behind --")
    .option("--replica <replica>", "a replica instead of the console, such as webapp-1")
    .action(async (farm: string | undefined, words: string[], _, command: Command) => {
      done(await openConsole(farm, words, command.optsWithGlobals<ConsoleOptions>(), io));
    });

  program
    .command("import")
    .description("writes a TypeScript program from docker-compose files")
    .argument("<file...>", "the files, each laid over those before it")
    .option("--name <farm>", "name of the farm", "farm")
    .option("-o, --out <file>", "file to write; it must not be there yet")
    .addOption(platformOption())
    .addOption(new Option("--release <release>", "the host's").choices(["2016", "2019", "2022", "2025"]))
    .option("--profile <profile>", "a profile whose services are part of the farm; may be given again", again)
    .option("--proxy <service>", "the service that is the proxy")
    .option("--console <service>", "the service that is the console")
    .option("--variable <NAME=value>", "a variable of the files; may be given again", again)
    .action(async (files: string[], _, command: Command) => {
      done(await importCommand(files, command.optsWithGlobals<ImportOptions>(), io));
    });

  program
    .command("init")
    .description("makes a new Pulumi project with a farm")
    .argument("[folder]", "where; it is made when it is not there", ".")
    .option("--name <name>", "name of project and farm; the folder's when left out")
    .addOption(platformOption())
    .option("--compose <file>", "a compose file that the farm is made from; may be given again", again)
    .action(async (folder: string, _, command: Command) => {
      done(await init(folder, command.optsWithGlobals<InitOptions>(), versions, io));
    });

  return program;
}

/** An option that may be given more than once. */
function again(text: string, before: string[] = []): string[] {
  return [...before, text];
}

function ports(text: string, before: number[] = []): number[] {
  return [...before, port(text)];
}

function port(text: string): number {
  const number = Number(text);
  if (!(Number.isInteger(number) && number >= 1 && number <= 65535)) {
    throw new InvalidArgumentError("Allowed are 1 to 65535.");
  }
  return number;
}

function platformOption(): Option {
  return new Option("--platform <platform>", "what the containers are").choices(["windows", "linux"]);
}

function since(text: string): number {
  const time = sinceSeconds(text, new Date());
  if (time === undefined) throw new InvalidArgumentError("Allowed are 30s, 10m, 2h, 1d, or a date and time.");
  return time;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("Allowed are whole numbers.");
  return Number(text);
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value >= 0.1 && value <= 3600)) {
    throw new InvalidArgumentError("Allowed are 0.1 to 3600 seconds.");
  }
  return value;
}
