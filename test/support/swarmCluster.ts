import { spawnSync } from "node:child_process";
import Docker from "dockerode";
import { prepareImages, type FarmImages } from "../../toolchain/images";
import { webappReference, webappVersions } from "../../toolchain/images/imageNames";
import { eventually } from "./engine";
import { ip, Machine } from "./machine";
import { OwnEngine } from "./ownEngine";

const readySeconds = 60;
/** The swarm's network, which only its nodes see. */
const addressOf = (number: number) => `10.77.0.${number}`;

/** What a cluster is made of. */
export interface ClusterOptions {
  /** How many engines. */
  nodes: number;
  /** How many of them are managers, the first ones. @default 1 */
  managers?: number;
  /** References of images that every node gets. @default the farm's: both versions of the web app, nginx, console */
  images?: readonly string[];
  /** The engine that has the images. @default that of DOCKER_HOST */
  from?: Docker;
}

/**
 * Several engines on this machine, joined into one swarm. The kernel may lack ipvs: then virtual addresses and the
 * routing mesh do not answer, and services need `dnsrr` and ports of mode `host`.
 *
 *     const cluster = await SwarmCluster.create({ nodes: 3 });
 *     // DOCKER_HOST: cluster.manager.host; a port published in mode host: cluster.nodes[1].url(8080)
 *     await cluster.remove();
 */
export class SwarmCluster {
  readonly nodes: SwarmNode[] = [];

  private constructor(
    /** The network between the nodes is a machine of its own: another one's packet filter would see its packets. */
    private readonly hub: Machine,
    readonly images: FarmImages,
  ) {}

  /** Why there can be no cluster here; undefined where there can. */
  static whyNot(): string | undefined {
    const whyNoEngine = OwnEngine.whyNot();
    if (whyNoEngine !== undefined) return whyNoEngine;
    const add = ["ip", "link", "add", "name", "probe", "type"];
    for (const kind of [["bridge"], ["vxlan", "id", "1", "dstport", "4789"]]) {
      const { status, stderr } = spawnSync("unshare", ["--net", ...add, ...kind], { encoding: "utf8" });
      if (status !== 0) return `the kernel makes no ${String(kind[0])}: ${stderr.trim()}`;
    }
    return undefined;
  }

  static async create(options: ClusterOptions): Promise<SwarmCluster> {
    const from = options.from ?? new Docker();
    const images = await prepareImages({ docker: from, log: () => undefined });
    const every = [...webappVersions.map(webappReference), images.proxy, images.console];
    const cluster = new SwarmCluster(await Machine.start(), images);
    try {
      await cluster.hub.run("ip", "link", "add", "name", "hub", "type", "bridge");
      await cluster.hub.run("ip", "link", "set", "hub", "up");
      for (let number = 1; number <= options.nodes; number++) await cluster.add(number);
      await Promise.all(
        cluster.nodes.map(({ engine }) => engine.takeImages(from, options.images ?? [...new Set(every)])),
      );
      await cluster.join(options.managers ?? 1);
    } catch (error) {
      await cluster.remove();
      throw error;
    }
    return cluster;
  }

  /** The first node. */
  get manager(): SwarmNode {
    const [first] = this.nodes;
    if (first === undefined) throw new Error("the cluster has no node");
    return first;
  }

  /** Sets what the swarm may do with a node: `drain` moves its tasks elsewhere, `pause` gives it no new ones. */
  async setAvailability(node: SwarmNode, availability: "active" | "pause" | "drain"): Promise<void> {
    const found = this.manager.docker.getNode(await node.id());
    const { Version, Spec } = (await found.inspect()) as NodeFacts;
    await found.update({ ...Spec, version: Version.Index, Availability: availability });
  }

  /** Waits until the manager holds a node for that. */
  async seen(node: SwarmNode, state: "ready" | "down"): Promise<void> {
    await eventually(`${node.name} ${state} for the manager`, readySeconds, async () => {
      const all = (await this.manager.docker.listNodes()) as NodeFacts[];
      return all.find(({ Description }) => Description.Hostname === node.name)?.Status.State === state
        ? true
        : undefined;
    });
  }

  /** Ends all nodes, in whatever state they are; fails when something stays. */
  async remove(): Promise<void> {
    const ends = await Promise.allSettled([...this.nodes.map(({ engine }) => engine.stop()), this.hub.end()]);
    const failed = ends.find((end) => end.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  private async add(number: number): Promise<void> {
    const engine = await OwnEngine.start({ hostname: `node${number}` });
    const node = new SwarmNode(number, engine, this.hub);
    this.nodes.push(node);
    await node.plugIn();
  }

  private async join(managers: number): Promise<void> {
    const { manager } = this;
    const listen = (node: SwarmNode) => ({ ListenAddr: "0.0.0.0:2377", AdvertiseAddr: node.address });
    await manager.docker.swarmInit(listen(manager));
    const { JoinTokens } = (await manager.docker.swarmInspect()) as { JoinTokens: JoinTokens };
    for (const node of this.nodes.slice(1)) {
      await node.docker.swarmJoin({
        ...listen(node),
        RemoteAddrs: [`${manager.address}:2377`],
        JoinToken: node.number <= managers ? JoinTokens.Manager : JoinTokens.Worker,
      });
    }
    await eventually("all nodes ready", readySeconds, async () => {
      const nodes = (await manager.docker.listNodes()) as NodeFacts[];
      const ready = nodes.filter(({ Status }) => Status.State === "ready");
      return ready.length === this.nodes.length ? true : undefined;
    });
  }
}

/** One engine of a swarm. */
export class SwarmNode {
  constructor(
    /** From 1 on. */
    readonly number: number,
    readonly engine: OwnEngine,
    private readonly hub: Machine,
  ) {}

  /** The engine's host name. */
  get name(): string {
    return `node${this.number}`;
  }

  /** For DOCKER_HOST. */
  get host(): string {
    return this.engine.host;
  }

  get docker(): Docker {
    return this.engine.docker;
  }

  /** In the network between the nodes. */
  get address(): string {
    return addressOf(this.number);
  }

  /** Where a port that is published in mode `host` is reached from here. */
  url(port: number): string {
    return this.engine.url(port);
  }

  /** The swarm's id of it. */
  async id(): Promise<string> {
    const { Swarm } = (await this.docker.info()) as { Swarm: { NodeID: string } };
    return Swarm.NodeID;
  }

  /** The power goes: nothing of it answers from one moment to the next. */
  async kill(): Promise<void> {
    await this.hub.run("ip", "link", "delete", this.port);
    await this.engine.switchOff();
  }

  /** After `kill`: it boots, and comes back to the swarm by itself. */
  async start(): Promise<void> {
    await this.engine.switchOn();
    await this.plugIn();
    await this.engine.startDaemon();
  }

  /** Everything on it stands still, as on a machine that hangs; the kernel still takes connections. */
  async pause(): Promise<void> {
    await this.engine.machine.pause();
  }

  /** Only the engine stands still; what it runs goes on. `resume` ends that too. */
  async pauseEngine(): Promise<void> {
    await this.engine.pauseDaemon();
  }

  async resume(): Promise<void> {
    await this.engine.machine.resume();
  }

  /** Cuts it off from the other nodes; it runs on, and is still reached from here. */
  async unplug(): Promise<void> {
    await this.hub.run("ip", "link", "set", this.port, "nomaster");
  }

  /** After `unplug`. */
  async replug(): Promise<void> {
    await this.hub.run("ip", "link", "set", this.port, "master", "hub");
  }

  /** Lays its cable to the other nodes; for the cluster only. */
  async plugIn(): Promise<void> {
    const [node, hub] = [this.engine.machine, this.hub].map(({ first }) => String(first)) as [string, string];
    await ip(
      ...["link", "add", "swarm", "netns", node, "type", "veth", "peer", "name", this.port, "netns", hub],
    );
    await this.replug();
    await this.hub.run("ip", "link", "set", this.port, "up");
    await this.engine.machine.run("ip", "address", "add", `${this.address}/24`, "dev", "swarm");
    await this.engine.machine.run("ip", "link", "set", "swarm", "up");
  }

  private get port(): string {
    return `port${this.number}`;
  }
}

interface JoinTokens {
  Manager: string;
  Worker: string;
}

interface NodeFacts {
  Version: { Index: number };
  Spec: object;
  Description: { Hostname: string };
  Status: { State: string };
}
