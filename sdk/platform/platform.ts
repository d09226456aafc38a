import type { HostRelease, Platform } from "../args";
import type { Payload, PayloadCommand, ProxyFile } from "../proxy/payload";
import { linux } from "./linux";
import { windows } from "./windows";

/** What an HTTP or command check asks for, in the words of the plan. */
export type Probe =
  | { kind: "http"; port: number; path: string }
  | { kind: "tcp"; port: number }
  | { kind: "command"; command: string };

/** The end of a mount that a path is for. */
export type MountSide = "host" | "container";

/** What is wrong with the path of a mount. */
export interface PathFault {
  message: string;
  hint: string;
}

/** Everything that differs between Windows and Linux engines, in one place. */
export interface PlatformTraits {
  readonly name: Platform;
  /** The network that is there without being made, if there is one. */
  readonly externalNetwork?: string;
  /**
   * Properties that the docker plugin would update in place although the engine refuses or ignores it;
   * a change of one of them makes a new container.
   */
  readonly replaceOnChanges: readonly string[];
  /** The engine's default for swap, which the docker plugin reports as a difference when it is left out. */
  memorySwapMb(memoryMb: number): number | undefined;
  /** Times of health checks: a check is a new process, which Windows starts slowly. */
  readonly checkTimes: { intervalSeconds: number; timeoutSeconds: number; startPeriodSeconds: number };
  /** The health check's `tests` as the engine wants them. */
  probe(probe: Probe, release: HostRelease): string[];
  /** What the engine refuses about the path of a mount. */
  pathFault(side: MountSide, path: string): PathFault | undefined;
  /** True for a path that depends on no working directory. */
  isAbsolute(path: string): boolean;
  /** True when names of variables and paths that differ in case only are the same. */
  readonly ignoresCase: boolean;
  /** What a container runs that only has to be there. */
  readonly idleCommand: readonly string[];
  /** The shell that an operator gets in the console. */
  readonly shell: string;
  /** Image of the console, where one can be known. */
  consoleImage(release: HostRelease): string | undefined;
  /** True if ports published on the host answer on the host's own localhost. */
  loopsBack(release: HostRelease): boolean;
  /** Where nginx and the scripts are in the proxy. */
  readonly proxy: ProxyPaths;
}

/** Where things are inside the proxy's container, and how they are run. */
export interface ProxyPaths {
  readonly startScript: string;
  /** For operators, by hand. */
  readonly reloadScript: string;
  /** The same script under a name that changes with it: a proxy may be older than the library. */
  readonly versionedReloadScript: string;
  /** Ends with 0 when a file is there: the start of an argument vector. */
  readonly isThere: readonly string[];
  /** Writes a file. */
  readonly write: (path: string, text: string) => PayloadCommand[];
  /** The two scripts' texts. */
  readonly scripts: { readonly start: string; readonly reload: string };
  /** The configuration that a proxy without upstreams starts with. */
  readonly emptyConfiguration: string;
  /** Signal at which nginx finishes the requests under way; Windows engines know none. */
  readonly stopSignal?: string;
  /** Runs a script with arguments: the start of an argument vector. */
  readonly interpreter: readonly string[];
  /** nginx itself. */
  readonly program: string;
  /** Prints a file: the start of an argument vector. */
  readonly print: readonly string[];
  /** Asks nginx, inside the container, for the digest that its workers run and for its counters. */
  readonly askNginx: readonly string[];
  /** True where nginx's access log is what the container prints. */
  readonly logsToEngine: boolean;
  /** The configuration in force, as the engine's commands spell it. */
  readonly configuration: string;
  /** What nginx runs of it: the same, less the replicas whose names do not resolve. */
  readonly running: string;
  /** How the files of a reload get to the script. */
  readonly encode: (files: readonly ProxyFile[]) => Payload;
  readonly nginx: NginxTraits;
}

/** What differs in nginx.conf. */
export interface NginxTraits {
  /** The proxy's directory as nginx spells it: forward slashes. */
  readonly directory: string;
  /** Directives before `events`. */
  readonly main: readonly string[];
  readonly accessLog: string;
  readonly workerConnections: number;
  /** True where a reload can take over shared memory of the same name. */
  readonly zonesOutliveReloads: boolean;
  /** The name server of every network; where it is undefined, the network's gateway is one. */
  readonly resolver?: string;
}

/** The traits of a platform. */
export function traitsOf(platform: Platform): PlatformTraits {
  return platform === "windows" ? windows : linux;
}
