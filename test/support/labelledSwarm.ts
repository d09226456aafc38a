import type Docker from "dockerode";
import { containerLabels } from "../../sdk/plan/labels";
import { webappReference } from "../../toolchain/images/imageNames";
import type { SwarmCluster } from "./swarmCluster";

const second = 1e9;

/** A service's specification; dockerode's own type lacks some of it. */
interface ServiceSpec {
  Name: string;
  TaskTemplate: object;
}

/** A farm as a swarm has it, without Pulumi: a proxy on each node and a web app, with their labels. */
export class LabelledSwarm {
  private constructor(
    private readonly cluster: SwarmCluster,
    private readonly owner: { stack: string; farm: string },
    private readonly port: number,
    /** Id of the overlay network. */
    readonly network: string,
    private readonly config: string,
  ) {}

  static async create(
    cluster: SwarmCluster,
    owner: { stack: string; farm: string },
    port: number,
  ): Promise<LabelledSwarm> {
    const { docker } = cluster.manager;
    const { farm } = owner;
    const Labels = { "webfarm.stack": owner.stack, "webfarm.farm": farm };
    const overlay = { Name: `${farm}-network`, Driver: "overlay", Attachable: true, Labels };
    const network = await docker.createNetwork(overlay);
    const Data = Buffer.from("# a proxy's nginx.conf").toString("base64");
    const config = (await docker.createConfig({ Name: `${farm}-conf`, Labels, Data })) as { id?: string };
    const made = new LabelledSwarm(cluster, owner, port, network.id, config.id ?? "");
    await docker.createService(made.webapp("1") as Docker.CreateServiceOptions);
    await docker.createService(made.proxy() as Docker.CreateServiceOptions);
    return made;
  }

  /** Gives the web app another generation and environment. */
  async roll(generation: string, environment: string[] = []): Promise<void> {
    const spec = this.webapp(generation, environment);
    const service = this.cluster.manager.docker.getService(spec.Name);
    const { Version } = (await service.inspect()) as { Version: { Index: number } };
    await service.update({ ...spec, version: Version.Index });
  }

  private labels(service: string, generation = "1"): Record<string, string> {
    const labels = containerLabels({ ...this.owner, service }, service, generation);
    return Object.fromEntries(labels.map(({ label, value }) => [label, value]));
  }

  private webapp(generation: string, environment: string[] = []): ServiceSpec {
    const policy = { Parallelism: 1, Order: "start-first", Monitor: second, MaxFailureRatio: 0 };
    return {
      Name: `${this.owner.farm}-webapp`,
      ...{ Labels: this.labels("webapp", generation), Mode: { Replicated: { Replicas: 3 } } },
      TaskTemplate: {
        ContainerSpec: {
          Image: webappReference("1"),
          Labels: this.labels("webapp", generation),
          Env: ["WEBFARM_REPLICA=webapp-{{.Task.Slot}}", ...environment],
          Healthcheck: { Test: ["CMD-SHELL", "wget -q -O /dev/null http://127.0.0.1/"], Interval: second },
        },
        ...{ Networks: [{ Target: this.network, Aliases: ["webapp"] }], RestartPolicy: { Delay: second } },
      },
      ...{ UpdateConfig: { ...policy, FailureAction: "rollback" }, EndpointSpec: { Mode: "dnsrr" } },
    };
  }

  private proxy(): ServiceSpec {
    return {
      Name: `${this.owner.farm}-proxy`,
      ...{ Labels: this.labels("proxy"), Mode: { Global: {} } },
      TaskTemplate: {
        ContainerSpec: {
          Image: this.cluster.images.proxy,
          Labels: this.labels("proxy"),
          Command: ["nginx", "-g", "daemon off;"],
          Configs: [
            {
              ConfigID: this.config,
              ConfigName: `${this.owner.farm}-conf`,
              File: { Name: "/webfarm/nginx.conf", UID: "0", GID: "0", Mode: 0o444 },
            },
          ],
        },
        ...{
          Networks: [{ Target: this.network, Aliases: ["proxy"] }],
          Placement: { Constraints: ["node.platform.os==linux"] },
        },
      },
      EndpointSpec: {
        Mode: "dnsrr",
        Ports: [{ Protocol: "tcp", TargetPort: 80, PublishedPort: this.port, PublishMode: "host" }],
      },
    } as ServiceSpec;
  }
}
