import type { ChildProcess } from "node:child_process";
import Docker from "dockerode";
import { prepareImages } from "../../toolchain/images";
import { webappReference, webappVersions } from "../../toolchain/images/imageNames";
import { OwnEngine } from "../support/ownEngine";
import { ScaleSetProject } from "../support/scaleSet";
import type { Operation } from "./interruptions";

const publish = 8080;
const fewReplicas = 2;
const manyReplicas = 3;

/** A scale set on an engine of its own, which a test may kill with all that works on it. */
export class FaultFarm {
  private generation = 1;
  private replicas = 0;

  private constructor(
    readonly engine: OwnEngine,
    readonly web: ScaleSetProject,
  ) {}

  static async create(): Promise<FaultFarm> {
    const shared = new Docker();
    const { webapp, proxy } = await prepareImages({ docker: shared, log: () => undefined });
    const engine = await OwnEngine.start();
    await engine.takeImages(shared, [webapp, webappReference(webappVersions[1]), proxy]);
    const web = await ScaleSetProject.create(
      {
        service: {
          platform: "linux",
          image: webapp,
          ports: [{ container: 80 }],
          healthCheck: { intervalSeconds: 1 },
          stopGraceSeconds: 5,
          // What comes back after the engine alone was killed.
          restart: "always",
        },
        proxy: { image: proxy, publish, reload: { drainSeconds: 5 } },
      },
      { engine },
    );
    return new FaultFarm(engine, web);
  }

  get url(): string {
    return this.engine.url(publish);
  }

  /** How many replicas the program asks for; none after `destroy`. */
  get wanted(): number {
    return this.replicas;
  }

  /** Whether the proxy has somebody to ask before, in and after an operation. */
  static serves(operation: Operation): boolean {
    return operation !== "create" && operation !== "destroy";
  }

  /** Changes the program as an operation needs it, and gives the command that does the rest. */
  async prepare(operation: Operation): Promise<string[]> {
    if (operation === "destroy") {
      this.replicas = 0;
      return ["destroy", "--yes", "--skip-preview"];
    }
    if (operation === "roll") this.generation++;
    else this.replicas = operation === "scaleOut" ? manyReplicas : fewReplicas;
    const version = this.generation % 2 === 1 ? webappVersions[0] : webappVersions[1];
    const image = webappReference(version);
    await this.web.change({
      service: { replicas: this.replicas, image, generation: String(this.generation) },
    });
    return ["up", "--yes", "--skip-preview"];
  }

  /** Starts the CLI in a process group of its own, as a terminal does. */
  start(command: readonly string[]): ChildProcess {
    return this.web.project.start(...command);
  }

  /** What is wrong with the farm as it is on the engine and in the state; nothing when all is as it should be. */
  async faults(): Promise<string[]> {
    const { docker } = this.engine;
    const [containers, networks, { Volumes: volumes }, known] = await Promise.all([
      docker.listContainers({ all: true }),
      docker.listNetworks(),
      docker.listVolumes(),
      this.idsInState(),
    ]);
    const nameOf = ({ Names }: Docker.ContainerInfo) => (Names[0] ?? "").slice(1);
    const orphans = containers.filter(({ Id }) => !known.has(Id)).map(nameOf);
    const stopped = containers.filter(({ State }) => State !== "running").map(nameOf);
    const own = networks.filter(({ Name }) => !["bridge", "host", "none"].includes(Name));
    const expected = this.replicas === 0 ? 0 : this.replicas + 1;
    return [
      ...orphans.map((name) => `orphan container ${name}`),
      ...stopped.map((name) => `${name} does not run`),
      ...own.filter(({ Id }) => !known.has(Id)).map(({ Name }) => `orphan network ${Name}`),
      ...volumes.map(({ Name }) => `orphan volume ${Name}`),
      ...(containers.length === expected ? [] : [`${containers.length} containers, not ${expected}`]),
    ];
  }

  private async idsInState(): Promise<Set<string>> {
    const { stdout } = await this.web.expect("stack", "export");
    const { deployment } = JSON.parse(stdout) as { deployment: { resources?: { id?: string }[] } };
    return new Set((deployment.resources ?? []).flatMap(({ id }) => id ?? []));
  }

  async remove(): Promise<void> {
    await this.web.project.remove();
    await this.engine.stop();
  }
}
