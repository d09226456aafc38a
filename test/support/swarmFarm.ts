import type Docker from "dockerode";
import { linux } from "../../sdk/platform/linux";
import { swarmStart, swarmSysctls } from "../../sdk/proxy/swarmStart";
import { exec } from "../../sdk/reload/exec";
import { logFrames } from "../../sdk/reload/logFrames";
import { eventually, uniqueName } from "./engine";
import type { SwarmCluster, SwarmNode } from "./swarmCluster";

const nanoseconds = (seconds: number) => seconds * 1e9;
/** The alias of the proxied service. */
export const alias = "webapp";
/** The host's port of the proxies. */
export const publish = 8080;

/** What of a service's specification the tests change. */
export interface ServiceSpec {
  Name: string;
  Mode: { Replicated?: { Replicas: number }; Global?: object };
  TaskTemplate: {
    ContainerSpec: Record<string, unknown> & { Image: string; Env?: string[]; Configs?: object[] };
    ForceUpdate?: number;
  } & Record<string, unknown>;
  UpdateConfig?: object;
}

/** A task as the manager tells it. */
export interface Task {
  ID: string;
  NodeID: string;
  Slot?: number;
  DesiredState: string;
  Status: { State: string; Err?: string; Message?: string; ContainerStatus?: { ContainerID?: string } };
}

/** What a farm on a swarm can be made with. */
export interface FarmOptions {
  replicas: number;
  /** The proxy's nginx.conf. */
  configuration: string;
  /** Added to the web app's, or in place of parts of it. */
  app?: Record<string, unknown>;
  /** Added to the proxy's container specification. */
  proxy?: Record<string, unknown>;
  /** Seconds between two health checks of the web app. @default 1 */
  checkSeconds?: number;
  /** How many tasks of the web app change at a time. @default 1 */
  updateParallelism?: number;
}

/** A web app and a proxy on each node, as a scale set has them, but without Pulumi. */
export class SwarmFarm {
  private constructor(
    readonly cluster: SwarmCluster,
    readonly app: SwarmService,
    readonly proxy: SwarmService,
  ) {}

  static async create(cluster: SwarmCluster, options: FarmOptions): Promise<SwarmFarm> {
    const { docker } = cluster.manager;
    const network = await docker.createNetwork({
      ...{ Name: uniqueName("farm"), Driver: "overlay", Attachable: true, CheckDuplicate: true },
    });
    const Networks = (Aliases: string[]) => [{ Target: network.id, Aliases }];
    const rolling = { Parallelism: 1, Delay: 0, Monitor: nanoseconds(1), MaxFailureRatio: 0 };
    const app = await SwarmService.create(docker, {
      Name: uniqueName("webapp"),
      Mode: { Replicated: { Replicas: options.replicas } },
      TaskTemplate: {
        ContainerSpec: {
          Image: cluster.images.webapp,
          Env: ["WEBFARM_REPLICA={{.Task.Slot}}"],
          StopGracePeriod: nanoseconds(10),
          Healthcheck: {
            Test: linux.probe({ kind: "http", port: 80, path: "/healthz" }, "2022"),
            Interval: nanoseconds(options.checkSeconds ?? 1),
            Timeout: nanoseconds(30),
            StartPeriod: nanoseconds(60),
            Retries: 5,
          },
          ...options.app,
        },
        RestartPolicy: { Condition: "any", Delay: 0 },
        Networks: Networks([alias]),
      },
      UpdateConfig: {
        ...rolling,
        Parallelism: options.updateParallelism ?? 1,
        Order: "start-first",
        FailureAction: "rollback",
      },
      EndpointSpec: { Mode: "dnsrr" },
    } as ServiceSpec);
    const { path, script, interpreter } = swarmStart.linux;
    const proxy = await SwarmService.create(docker, {
      Name: uniqueName("proxy"),
      Mode: { Global: {} },
      TaskTemplate: {
        ContainerSpec: {
          Image: cluster.images.proxy,
          Command: [...interpreter, path],
          StopSignal: "SIGQUIT",
          StopGracePeriod: nanoseconds(30),
          Configs: [
            await config(docker, path, script),
            await config(docker, "/webfarm/nginx.conf", options.configuration),
          ],
          Sysctls: swarmSysctls,
          ...options.proxy,
        },
        RestartPolicy: { Condition: "any", Delay: nanoseconds(1) },
        Networks: Networks(["proxy"]),
      },
      UpdateConfig: { ...rolling, Order: "stop-first", FailureAction: "rollback" },
      EndpointSpec: {
        Mode: "dnsrr",
        Ports: [{ Protocol: "tcp", TargetPort: 80, PublishedPort: publish, PublishMode: "host" }],
      },
    } as ServiceSpec);
    return new SwarmFarm(cluster, app, proxy);
  }

  /** Where the proxy of a node is reached. */
  url(node: SwarmNode): string {
    return node.url(publish);
  }

  /** Waits until a node's proxy has that many tasks in rotation. */
  async inRotation(node: SwarmNode, tasks: number, seconds = 60): Promise<void> {
    await eventually(`${tasks} tasks in rotation on ${node.name}`, seconds, async () => {
      const servers = (await this.running(node)).match(/^ *server 10\./gm) ?? [];
      return servers.length === tasks ? true : undefined;
    });
  }

  /** What a node's proxy runs. */
  running(node: SwarmNode): Promise<string> {
    return this.run(node, "cat", "/webfarm/running.conf");
  }

  /** Runs a command in a node's proxy. */
  async run(node: SwarmNode, ...command: string[]): Promise<string> {
    const { lines } = await exec(await this.proxyOn(node), command, { timeoutSeconds: 30 });
    return lines.join("\n");
  }

  /** What a node's proxy printed. */
  async log(node: SwarmNode): Promise<string> {
    return printed(await this.proxyOn(node));
  }

  /** The container of a node's proxy. */
  async proxyOn(node: SwarmNode): Promise<Docker.Container> {
    const [found] = await node.docker.listContainers({ filters: this.ofProxy });
    if (found === undefined) throw new Error(`no proxy runs on ${node.name}`);
    return node.docker.getContainer(found.Id);
  }

  /** What each proxy of a node printed that has ended. */
  async endedProxies(node: SwarmNode): Promise<string[]> {
    const filters = { ...this.ofProxy, status: ["exited"] };
    const ended = await node.docker.listContainers({ all: true, filters });
    return Promise.all(ended.map(({ Id }) => printed(node.docker.getContainer(Id))));
  }

  private get ofProxy() {
    return { label: [`com.docker.swarm.service.id=${this.proxy.id}`] };
  }
}

/** A service of a swarm, which the tests change. */
export class SwarmService {
  private constructor(
    private readonly docker: Docker,
    readonly id: string,
  ) {}

  static async create(docker: Docker, spec: ServiceSpec): Promise<SwarmService> {
    const { id } = await docker.createService(spec as never);
    return new SwarmService(docker, id);
  }

  async spec(): Promise<ServiceSpec> {
    return (await this.facts()).Spec;
  }

  /** Updates it; the manager does the rest later. */
  async change(change: (spec: ServiceSpec) => void): Promise<void> {
    const { Spec, Version } = await this.facts();
    change(Spec);
    await this.docker.getService(this.id).update({ ...Spec, version: Version.Index });
  }

  async scale(replicas: number): Promise<void> {
    await this.change(({ Mode }) => {
      Mode.Replicated = { Replicas: replicas };
    });
  }

  /** Waits until that many tasks run and none other is on its way. */
  async settled(tasks: number, seconds = 120): Promise<void> {
    await eventually(`${tasks} tasks of ${this.id}`, seconds, async () => {
      const { UpdateStatus } = await this.facts();
      if (UpdateStatus?.State === "updating") return undefined;
      const dead = await this.deadNodes();
      const all = (await this.tasks()).filter(({ NodeID }) => !dead.includes(NodeID));
      const wanted = all.filter(({ DesiredState }) => DesiredState === "running");
      const leaving = all.filter(
        (task) => task.DesiredState !== "running" && task.Status.State === "running",
      );
      const running = wanted.filter(({ Status }) => Status.State === "running");
      return running.length === tasks && wanted.length === tasks && leaving.length === 0 ? true : undefined;
    });
  }

  /** `completed`, `rollback_completed` and so on, once the manager is done with an update. */
  updated(seconds = 120): Promise<string> {
    return eventually(`the end of the update of ${this.id}`, seconds, async () => {
      const state = (await this.facts()).UpdateStatus?.State ?? "";
      return /completed|paused/.test(state) ? state : undefined;
    });
  }

  async tasks(): Promise<Task[]> {
    const all: unknown = await this.docker.listTasks({ filters: { service: [this.id] } });
    return all as Task[];
  }

  /** What was on such a node stays in the list for a day, as it was. */
  private async deadNodes(): Promise<string[]> {
    const nodes = (await this.docker.listNodes()) as { ID: string; Status: { State: string } }[];
    return nodes.filter(({ Status }) => Status.State === "down").map(({ ID }) => ID);
  }

  private async facts(): Promise<ServiceFacts> {
    return (await this.docker.getService(this.id).inspect()) as ServiceFacts;
  }
}

async function printed(container: Docker.Container): Promise<string> {
  const raw = await container.logs({ stdout: true, stderr: true, timestamps: true });
  return (logFrames(raw) ?? []).map(({ content }) => content.toString()).join("");
}

/** Puts a text into the swarm, as a file of the containers. */
export async function config(docker: Docker, path: string, text: string): Promise<object> {
  const name = uniqueName("config");
  const Data = Buffer.from(text).toString("base64");
  const { id } = (await docker.createConfig({ Name: name, Data })) as Docker.Config;
  return { ConfigID: id, ConfigName: name, File: { Name: path, UID: "0", GID: "0", Mode: 0o444 } };
}

interface ServiceFacts {
  Spec: ServiceSpec;
  Version: { Index: number };
  UpdateStatus?: { State?: string; Message?: string };
}
