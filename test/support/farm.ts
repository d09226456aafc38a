import { tmpdir } from "node:os";
import type Docker from "dockerode";
import { containerLabels } from "../../sdk/plan/labels";
import { run } from "../../cli/run";
import { plain } from "../../cli/io";
import { configuration, paths, ProxyBench } from "./proxy";
import { uniqueName } from "./engine";

/** What a command printed, and how it ended. */
export interface CommandRun {
  exitCode: number;
  out: string;
  notes: string;
}

/** Runs a command line of `webfarm` in this process, outside of any Pulumi project. */
export async function webfarm(...args: string[]): Promise<CommandRun> {
  const [out, notes]: [string[], string[]] = [[], []];
  const io = {
    out: (line: string) => void out.push(line),
    note: (line: string) => void notes.push(line),
    terminal: false,
    colours: plain,
  };
  const exitCode = await run(
    ["--cwd", tmpdir(), ...args],
    { version: "1.2.3", versions: { "pulumi-webfarm": "^1.2.3" } },
    io,
  );
  return { exitCode, out: out.join("\n"), notes: notes.join("\n") };
}

/** A farm as the engine has it, without Pulumi: a proxy and replicas with their labels. */
export class LabelledFarm {
  readonly farm = uniqueName("farm");
  readonly stack = "test/command";
  proxy: Docker.Container | undefined;

  private constructor(readonly bench: ProxyBench) {}

  /** A farm whose proxy has been told of its replicas. */
  static async create(replicas: number): Promise<LabelledFarm> {
    const farm = new LabelledFarm(await ProxyBench.create());
    const upstreams = [];
    for (let number = 1; number <= replicas; number++) upstreams.push(await farm.replica(`webapp-${number}`));
    farm.proxy = await farm.startProxy();
    await farm.bench.get(farm.proxy, "/_webfarm/health");
    await farm.tell(upstreams);
    return farm;
  }

  private startProxy(): Promise<Docker.Container> {
    const { engine, images, network, directory } = this.bench;
    return engine.start({
      name: `${this.farm}-proxy`,
      Image: images.proxy,
      Entrypoint: ["sh", paths.startScript],
      Cmd: [],
      Labels: this.labels("proxy"),
      HostConfig: { NetworkMode: network, Binds: [`${directory}:/webfarm`] },
    });
  }

  /** Starts a replica that serves, without a word to the proxy; its `host:port`. */
  replica(name: string, container = `${this.farm}-${name}`): Promise<string> {
    return this.bench.startReplica(name, container, { Labels: this.labels("webapp", name) });
  }

  /** Brings a list of upstreams into the proxy. */
  async tell(upstreams: string[]): Promise<void> {
    if (this.proxy === undefined) throw new Error("the farm has no proxy");
    const { exitCode, lines } = await this.bench.reload(this.proxy, configuration(upstreams));
    if (exitCode !== 0) throw new Error(lines.join("\n"));
  }

  labels(service: string, replica = service): Record<string, string> {
    const { stack, farm } = this;
    const labels = containerLabels({ stack, farm, service }, replica, "1");
    return Object.fromEntries(labels.map(({ label, value }) => [label, value]));
  }

  remove(): Promise<void> {
    return this.bench.remove();
  }
}
