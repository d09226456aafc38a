import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, win32 } from "node:path";
import type Docker from "dockerode";
import { prepareCellImage } from "../../lab/cell/cellImage";
import { windowsProxy } from "../../sdk/platform/windows";
import type { Configuration } from "../../sdk/proxy/nginxConfiguration";
import { proxyFiles } from "../../sdk/proxy/proxyFiles";
import { exec, type ExecResult } from "../../sdk/reload/exec";
import { prepareImages } from "../../toolchain/images";
import { EngineFixture } from "../support/engine";
import { configuration, ProxyBench } from "../support/proxy";

/**
 * The configuration of a Windows proxy before one app, `webapp`. The cell's nginx.exe is built without the
 * status module, which nginx.org's has: that page answers with nothing here.
 */
export function windowsConfiguration(upstreams: string[], args: object = {}): Configuration {
  const { text, files, ...rest } = configuration(upstreams, args, windowsProxy.nginx);
  const known = (of: string): string => of.replace("stub_status;", "return 204;");
  return { ...rest, text: known(text), files: files.map((file) => ({ ...file, text: known(file.text) })) };
}

/** Settings of a cell that a test can turn. */
export interface CellSettings {
  release?: string;
  /** How long the DNS client remembers that a name was not there. */
  negativeSeconds?: number;
}

/** A network with a Windows proxy in a cell, and replicas on Linux. */
export class WindowsBench extends ProxyBench {
  #cell = "";

  static override async create(): Promise<WindowsBench> {
    const engine = new EngineFixture();
    const log = (line: string) => {
      process.stderr.write(`laboratory: ${line}\n`);
    };
    const cell = await prepareCellImage(engine.docker, log);
    const images = await prepareImages({ docker: engine.docker, log: () => undefined });
    const directory = await mkdtemp(join(tmpdir(), "webfarm-proxy-"));
    const bench = new WindowsBench(engine, images, await engine.network(), directory);
    bench.#cell = cell;
    await bench.resetFiles();
    return bench;
  }

  /** The proxy's directory as a new container has it. */
  async resetFiles(): Promise<void> {
    for (const { file, content } of proxyFiles(windowsProxy)) {
      await writeFile(join(this.directory, win32.basename(file)), content);
    }
  }

  override startProxy(settings: CellSettings = {}): Promise<Docker.Container> {
    return this.startCell([...windowsProxy.interpreter, windowsProxy.startScript], settings);
  }

  startCell(command: readonly string[], settings: CellSettings = {}): Promise<Docker.Container> {
    return this.engine.start({
      Image: this.#cell,
      Cmd: [...command],
      Env: [
        `WEBFARM_LAB_RELEASE=${settings.release ?? "2022"}`,
        `WEBFARM_LAB_NEGATIVE_SECONDS=${settings.negativeSeconds ?? 0}`,
      ],
      HostConfig: {
        NetworkMode: this.network,
        // What the engine does not know, does not exist: see cell-init.sh.
        Dns: ["127.0.0.2"],
        Binds: [`${this.directory}:/c/webfarm`],
        // Wine without bounds has taken a whole machine with it.
        Memory: 1024 ** 3,
        PidsLimit: 200,
      },
    });
  }

  /** A replica that has its name in common with others, as compose and the field report have them. */
  async startSharing(name: string, replica: string): Promise<void> {
    const container = await this.engine.start({
      Image: this.images.webapp,
      Env: [`WEBFARM_REPLICA=${replica}`],
      HostConfig: { NetworkMode: this.network },
      NetworkingConfig: { EndpointsConfig: { [this.network]: { Aliases: [name] } } },
    });
    await this.get(container);
  }

  /** Runs a command line of cmd in the proxy. */
  run(proxy: Docker.Container, command: string, ...args: string[]): Promise<ExecResult> {
    return exec(proxy, [...windowsProxy.interpreter, command, ...args], { timeoutSeconds: 60 });
  }

  override async reload(
    proxy: Docker.Container,
    { files }: Configuration,
    attempts = 3,
    drain = 0,
  ): Promise<ExecResult> {
    const { commands, parameters } = windowsProxy.encode(files);
    for (const { command, environment } of commands) {
      await exec(proxy, command, { environment, timeoutSeconds: 60 });
    }
    const numbers = [attempts, 0.2, drain].map(String);
    return this.run(proxy, windowsProxy.reloadScript, ...parameters, ...numbers);
  }
}
