import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import Docker from "dockerode";
import { startLab, type Lab, type LabKnobs } from "../../lab/lab";
import { windowsImages } from "../../lab/cell/windowsImages";
import type { AppArgs, HostRelease, ProxyArgs, WindowsWebFarmArgs } from "../../sdk/args";
import { connectOptions } from "../../sdk/reload/endpoint";
import { freePort, uniqueName } from "../support/engine";
import { library } from "../support/library";
import { TestProject, type PulumiRun } from "../support/project";
import { laboratoryImages } from "./windowsBench";

/** A laboratory of the test's own, on the engine that DOCKER_HOST names, with the field report's directory. */
export async function laboratory(release: HostRelease, knobs: LabKnobs = {}): Promise<Lab> {
  await laboratoryImages();
  const engine = process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock";
  const lab = await startLab({ engine, release, knobs });
  await mkdir(join(lab.hostDirectory, "c", "containers", "data"), { recursive: true });
  return lab;
}

/** A client of a laboratory. */
export function labClient(lab: Lab): Docker {
  return new Docker(connectOptions({ host: lab.dockerHost }));
}

/** The field report's stack as a WindowsWebFarm, deployed to a laboratory; the test changes its arguments. */
export class LabFarm {
  private constructor(
    readonly project: TestProject,
    readonly docker: Docker,
    /** Where clients of other machines reach the proxy. */
    readonly url: string,
    readonly port: number,
    private args: WindowsWebFarmArgs,
  ) {}

  static async create(lab: Lab, release: HostRelease, change: FarmChange = {}): Promise<LabFarm> {
    const port = await freePort();
    const args: WindowsWebFarmArgs = {
      hostRelease: release,
      apps: {
        webapp: {
          image: windowsImages.mvcdemo(),
          replicas: 2,
          ports: [{ container: 80 }],
          healthCheck: { path: "/healthz", intervalSeconds: 2 },
          volumes: [{ hostPath: "c:\\containers\\data", containerPath: "c:\\inetpub\\wwwroot\\app_data" }],
        },
      },
      proxy: { image: windowsImages.nginx(release), publish: port },
      console: {},
    };
    const name = uniqueName("farm");
    const project = await TestProject.create(
      {
        "Pulumi.yaml": `name: ${name}\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.js\n`,
        "package.json": "{}",
        "index.js": [
          `const { WindowsWebFarm } = require(${JSON.stringify(library)});`,
          `const args = JSON.parse(require("node:fs").readFileSync("args.json", "utf8"));`,
          `const farm = new WindowsWebFarm("shop", args);`,
          "module.exports = { url: farm.url, localUrl: farm.localUrl, console: farm.consoleCommand };",
        ].join("\n"),
      },
      { runSeconds: 170, dockerHost: lab.dockerHost },
    );
    const farm = new LabFarm(project, labClient(lab), `http://${lab.hostAddress}:${port}`, port, args);
    await farm.change(change);
    return farm;
  }

  async change({ app = {}, proxy = {} }: FarmChange): Promise<void> {
    const { webapp } = this.args.apps;
    if (webapp === undefined) throw new Error("the farm has no webapp");
    this.args = {
      ...this.args,
      apps: { webapp: { ...webapp, ...app } },
      proxy: { ...this.args.proxy, ...proxy },
    };
    await this.project.write("args.json", JSON.stringify(this.args));
  }

  /** `pulumi up` that has to succeed. */
  async up(): Promise<PulumiRun> {
    const run = await this.tryUp();
    if (run.exitCode !== 0) throw new Error(`pulumi up: ${run.exitCode}\n${run.output}`);
    return run;
  }

  tryUp(): Promise<PulumiRun> {
    return this.project.run("up", "--yes", "--skip-preview");
  }

  async outputs(): Promise<{ url: string; localUrl: string; console: string }> {
    const { stdout } = await this.project.run("stack", "output", "--json");
    return JSON.parse(stdout) as { url: string; localUrl: string; console: string };
  }

  /** The containers of a part of the farm: webapp, proxy, console. */
  containers(service: string): Promise<Docker.ContainerInfo[]> {
    return this.docker.listContainers({ all: true, filters: { label: [`webfarm.service=${service}`] } });
  }

  async container(service: string): Promise<Docker.Container> {
    const [found] = await this.containers(service);
    if (found === undefined) throw new Error(`the farm has no ${service}`);
    return this.docker.getContainer(found.Id);
  }

  remove(): Promise<void> {
    return this.project.remove();
  }
}

/** What a test changes of the farm. */
export interface FarmChange {
  app?: Partial<AppArgs>;
  proxy?: Partial<ProxyArgs>;
}
