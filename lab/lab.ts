import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HostRelease } from "../sdk/args";
import { connect } from "../sdk/reload/endpoint";
import { dnsVariables, type DnsKnobs, type Span } from "./cell/knobs";
import { prepareWindowsImages } from "./cell/windowsImages";
import { startFront } from "./front/front";
import type { Isolation } from "./front/windowsHost";

/** How the laboratory is late and flaky, by choice: the same seed gives the same trouble. */
export interface LabKnobs {
  /** @default 1 */
  seed?: number;
  /** A container starts so many seconds late. @default 0 */
  startSeconds?: Span;
  /** A process that is run in a container starts so many seconds late. @default 0 */
  execSeconds?: Span;
  dns?: DnsKnobs;
}

/** What {@link startLab} starts. */
export interface LabOptions {
  /** The Linux engine below, as DOCKER_HOST names it; it must see this machine's files. */
  engine: string;
  /** @default "2022" */
  release?: HostRelease;
  /** What containers run in that ask for no isolation. @default "process" */
  isolation?: Isolation;
  /** Listens on this TCP port of 127.0.0.1 in place of a socket. */
  port?: number;
  knobs?: LabKnobs;
  /** Told what is going on. */
  log?: (line: string) => void;
}

/** A laboratory that runs. */
export interface Lab {
  /** For DOCKER_HOST. */
  readonly dockerHost: string;
  /** The address at which published ports answer other machines. */
  readonly hostAddress: string;
  /** A directory of this machine in which `c` is the host's drive c:, for what containers mount. */
  readonly hostDirectory: string;
  /** Removes everything that was made in the laboratory, less its images. */
  close(): Promise<void>;
}

/**
 * Starts a Windows container host on a Linux engine: makes its images when they are missing, and an endpoint
 * that any Docker client can use.
 *
 * @throws Error when the images cannot be made
 * @example
 * ```ts
 * const lab = await startLab({ engine: "unix:///var/run/docker.sock", release: "2016" });
 * process.env.DOCKER_HOST = lab.dockerHost;
 * // ... pulumi up, docker run, and so on
 * await lab.close();
 * ```
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const { engine, release = "2022", isolation, port, knobs = {}, log = () => undefined } = options;
  await prepareWindowsImages(await connect({ host: engine }), log);
  const stateDir = await mkdtemp(join(tmpdir(), "webfarm-lab-"));
  try {
    const front = await startFront({
      engine,
      release,
      stateDir,
      ...(isolation !== undefined && { isolation }),
      ...(port !== undefined && { listen: { port } }),
      knobs: {
        seed: knobs.seed ?? 1,
        environment: dnsVariables(knobs.dns ?? {}, knobs.seed ?? 1),
        // Where the cell's DNS client says of what the engine does not know that it does not exist.
        dns: ["127.0.0.2"],
        ...(knobs.startSeconds !== undefined && { startSeconds: range(knobs.startSeconds) }),
        ...(knobs.execSeconds !== undefined && { execSeconds: range(knobs.execSeconds) }),
      },
    });
    log(`Windows Server ${release} answers at ${front.dockerHost}`);
    return {
      dockerHost: front.dockerHost,
      hostAddress: front.hostAddress,
      hostDirectory: stateDir,
      async close() {
        await front.close();
        await rm(stateDir, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(stateDir, { recursive: true, force: true });
    throw error;
  }
}

function range(span: Span): readonly [number, number] {
  return typeof span === "number" ? [span, span] : span;
}
