import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, win32 } from "node:path";
import Docker from "dockerode";
import { cellHostConfig } from "../../lab/cell/hostConfig";
import { prepareWindowsImages, windowsImages } from "../../lab/cell/windowsImages";
import type { HostRelease } from "../../sdk/args";
import { windowsProxy } from "../../sdk/platform/windows";
import type { Configuration } from "../../sdk/proxy/nginxConfiguration";
import { proxyFiles } from "../../sdk/proxy/proxyFiles";
import { exec, type ExecResult } from "../../sdk/reload/exec";
import { prepareImages } from "../../toolchain/images";
import { EngineFixture } from "../support/engine";
import { configuration, ProxyBench } from "../support/proxy";

/** The configuration of a Windows proxy before one app, `webapp`. */
export function windowsConfiguration(upstreams: string[], args: object = {}): Configuration {
  return configuration(upstreams, args, windowsProxy.nginx);
}

let prepared: Promise<void> | undefined;

/** The laboratory's images, looked for once in each file of tests. */
export function laboratoryImages(): Promise<void> {
  prepared ??= prepareWindowsImages(new Docker(), (line) => {
    process.stderr.write(`laboratory: ${line}\n`);
  });
  return prepared;
}

/** Settings of a cell that a test can turn. */
export interface CellSettings {
  release?: HostRelease;
  /** How long the DNS client remembers that a name was not there. */
  negativeSeconds?: number;
  /** Linux capabilities, for a test that troubles the cell from within. */
  capabilities?: string[];
}

/** A network with a Windows proxy in a cell, and replicas on Linux. */
export class WindowsBench extends ProxyBench {
  static override async create(): Promise<WindowsBench> {
    const engine = new EngineFixture();
    await laboratoryImages();
    const images = await prepareImages({ docker: engine.docker, log: () => undefined });
    const directory = await mkdtemp(join(tmpdir(), "webfarm-proxy-"));
    const bench = new WindowsBench(engine, images, await engine.network(), directory);
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
      Image: windowsImages.nginx(settings.release ?? "2022"),
      Cmd: [...command],
      Env: [`WEBFARM_LAB_NEGATIVE_SECONDS=${settings.negativeSeconds ?? 0}`],
      HostConfig: {
        NetworkMode: this.network,
        // What the engine does not know, does not exist: see dnsclient.go.
        Dns: ["127.0.0.2"],
        Binds: [`${this.directory}:/c/webfarm`],
        CapAdd: settings.capabilities ?? [],
        ...cellHostConfig,
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
    for (const { command, ...given } of commands) {
      await exec(proxy, command, { ...given, timeoutSeconds: 60 });
    }
    const numbers = [attempts, 0.2, drain].map(String);
    return this.run(proxy, windowsProxy.reloadScript, ...parameters, ...numbers);
  }
}
