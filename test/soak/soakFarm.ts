import { setTimeout as sleep } from "node:timers/promises";
import Docker from "dockerode";
import { linux } from "../../sdk/platform/linux";
import { exec } from "../../sdk/reload/exec";
import { readProxy } from "../../sdk/reload/look";
import { prepareImages } from "../../toolchain/images";
import { webappReference, webappVersions } from "../../toolchain/images/imageNames";
import { eventually } from "../support/engine";
import { OwnEngine } from "../support/ownEngine";
import { ScaleSetProject } from "../support/scaleSet";
import { after, generationText, healsByUp, home, type Farm, type Outage, type Step } from "./model";

const publish = 8080;
/** Longer than a proxy waits for names that do not come, 60 tries by default. */
const recoverySeconds = 120;
/** How long a proxy that hangs does so. */
const hangMs = 2000;

/** A scale set on an engine of its own to which the model's steps are done. */
export class SoakFarm {
  /** What the farm should be by the model. */
  farm: Farm = home;

  private constructor(
    readonly engine: OwnEngine,
    readonly web: ScaleSetProject,
  ) {}

  static async create(): Promise<SoakFarm> {
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
          healthCheck: { path: "/healthz", intervalSeconds: 1, retries: 2, startPeriodSeconds: 1 },
          stopGraceSeconds: 5,
          // What comes back after the engine alone was killed.
          restart: "always",
        },
        // Longer than the slow clients' requests take.
        proxy: {
          image: proxy,
          publish,
          reload: { drainSeconds: 5 },
          timeouts: { connectSeconds: 1, readSeconds: 4 },
        },
      },
      { engine, runSeconds: 180 },
    );
    const farm = new SoakFarm(engine, web);
    await farm.up();
    return farm;
  }

  get url(): string {
    return this.engine.url(publish);
  }

  async remove(): Promise<void> {
    // A farm that cannot be destroyed ends with its engine.
    await this.web.remove().finally(() => this.engine.stop());
  }

  /** Does a step and waits until all that was promised for it is so; random numbers say when a kill comes. */
  async take(step: Step, random: () => number): Promise<void> {
    const before = this.farm;
    this.farm = after(before, step);
    switch (step.kind) {
      case "scale":
      case "roll":
        return this.up(before);
      case "badRoll":
        return this.badRoll(before);
      case "killedRoll":
        return this.killedRoll(1000 + random() * 6000);
      case "changeByHand":
        return this.changeByHand();
      case "repair":
        return this.repair(before);
      case "harm":
        return this.harm(step);
      case "outage":
        return this.outage(step.by);
    }
  }

  /** What is not as it should be, in the proxy's list and on the engine. */
  async faults(): Promise<string[]> {
    const { replicas, broken } = this.farm;
    const gone = broken?.by === "remove" ? 1 : 0;
    const expected = replicas + 1 - gone;
    const all = await this.engine.docker.listContainers({ all: true });
    const names = all.map(({ Names, State }) => `${Names[0] ?? ""} ${State}`);
    const proxy = await readProxy(this.engine.docker, await this.proxyName(), linux.proxy);
    const servers = proxy?.text.match(/^ *server web-\d+-.*;$/gm)?.length ?? 0;
    return [
      ...(names.length === expected ? [] : [`${names.join(", ")}: not ${expected} containers`]),
      ...(servers === replicas ? [] : [`the proxy lists ${servers} replicas, not ${replicas}`]),
      ...(proxy?.changedByHand === true ? ["the proxy's configuration is not what its digest names"] : []),
    ];
  }

  async proxyName(): Promise<string> {
    return (await this.web.names("proxy")).join();
  }

  async proxy(): Promise<Docker.Container> {
    return this.engine.docker.getContainer(await this.proxyName());
  }

  /** What a person would look at first when something is not as it should be. */
  async diagnosis(): Promise<string[]> {
    const all = await this.engine.docker.listContainers({ all: true });
    const proxy = await this.proxy();
    const look = "cd /webfarm; head -50 addresses; grep -h ' server ' nginx.conf running.conf; ls -d reload.lock";
    const inside = await exec(proxy, ["sh", "-c", look], { timeoutSeconds: 20 });
    const log = (await proxy.logs({ stdout: true, stderr: true, tail: 2000 })).toString();
    const words = log.split("\n").filter((line) => /webfarm:|\[(error|emerg|crit)\]/.test(line));
    return [...all.map(({ Names, Status }) => `${Names.join()} ${Status}`), ...inside.lines, ...words.slice(-20)];
  }

  /** Answers of any kind come again. */
  async answers(): Promise<void> {
    await eventually("an answer of the proxy", recoverySeconds, async () => {
      const { status } = await fetch(this.url, {
        headers: { connection: "close" },
        signal: AbortSignal.timeout(2000),
      });
      return status === 200 ? true : undefined;
    });
  }

  private async configure(environment: Record<string, string> = {}): Promise<void> {
    const { replicas, generation } = this.farm;
    const image = webappReference(generation % 2 === 1 ? webappVersions[0] : webappVersions[1]);
    await this.web.change({
      service: { replicas, image, generation: generationText(generation), environment },
    });
  }

  private async up(before?: Farm): Promise<void> {
    await this.configure();
    const { broken } = before ?? {};
    const refresh = broken !== undefined && healsByUp(broken.by) ? ["--refresh"] : [];
    await this.web.expect("up", ...refresh, "--yes", "--skip-preview");
  }

  private async badRoll(before: Farm): Promise<void> {
    await this.configure({ WEBFARM_UNHEALTHY: "1" });
    const { exitCode, output } = await this.web.project.run("up", "--yes", "--skip-preview");
    if (exitCode === 0 || !output.includes("not healthy")) throw new Error(`a bad roll: ${output}`);
    await this.up(before);
  }

  private async killedRoll(delayMs: number): Promise<void> {
    await this.configure();
    const cli = this.web.project.start("up", "--yes", "--skip-preview");
    const ended = new Promise((resolve) => cli.once("exit", resolve));
    await Promise.race([sleep(delayMs), ended]);
    cli.kill("SIGKILL");
    await ended;
    if (this.web.project.isLocked()) await this.web.expect("cancel", "--yes");
    await this.web.expect("up", "--refresh", "--yes", "--skip-preview");
  }

  private async changeByHand(): Promise<void> {
    const drop = "sed -i '/server web-2-/d' /webfarm/nginx.conf && sh /webfarm/reload.sh";
    await this.inProxy("sh", "-c", drop);
    await this.up();
  }

  private async repair({ broken }: Farm): Promise<void> {
    if (broken === undefined) return;
    const replica = () => this.replica(broken.replica);
    if (broken.by === "hang") await (await replica()).unpause();
    else if (broken.by === "disconnect") {
      const { NetworkSettings } = await (await this.proxy()).inspect();
      const [network = ""] = Object.keys(NetworkSettings.Networks);
      await this.engine.docker.getNetwork(network).connect({ Container: (await replica()).id });
    } else await this.web.expect("up", "--refresh", "--yes", "--skip-preview");
  }

  private async harm({ replica, by }: Extract<Step, { kind: "harm" }>): Promise<void> {
    const container = await this.replica(replica);
    if (by === "crash") return this.crash(container);
    if (by === "hang") await container.pause();
    if (by === "stop") await container.stop({ t: 0 });
    if (by === "remove") await container.remove({ force: true });
    if (by === "disconnect") {
      const [network = ""] = Object.keys((await container.inspect()).NetworkSettings.Networks);
      await this.engine.docker.getNetwork(network).disconnect({ Container: container.id });
    }
  }

  /** The app ends by itself, and the engine starts it again. */
  private async crash(container: Docker.Container): Promise<void> {
    const { RestartCount: before } = await container.inspect();
    const { State } = await container.inspect();
    const ask = ["wget", "-q", "-O", "-", "--post-data=", "http://127.0.0.1/-/crash"];
    await exec(container, ask, { timeoutSeconds: 20 });
    await eventually("the restart of a crashed replica", recoverySeconds, async () => {
      const now = await container.inspect();
      const isNew = now.RestartCount > before || now.State.StartedAt !== State.StartedAt;
      return isNew && now.State.Health?.Status === "healthy" ? true : undefined;
    });
  }

  private async outage(by: Outage): Promise<void> {
    const proxy = await this.proxy();
    if (by === "proxyCrash") await exec(proxy, ["kill", "-TERM", "1"], { timeoutSeconds: 20 });
    if (by === "proxyHang") {
      await proxy.pause();
      await sleep(hangMs);
      await proxy.unpause();
    }
    if (by === "proxyRemove") {
      await proxy.remove({ force: true });
      await this.web.expect("up", "--refresh", "--yes", "--skip-preview");
    }
    if (by === "powerCut") {
      await this.engine.powerCut();
      await this.engine.startDaemon();
    }
    await this.answers();
  }

  /** Runs a command in the proxy, which must succeed. */
  async inProxy(...command: string[]): Promise<string[]> {
    const { exitCode, lines } = await exec(await this.proxy(), command, { timeoutSeconds: 60 });
    if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${exitCode}\n${lines.join("\n")}`);
    return lines;
  }

  private async replica(number: number): Promise<Docker.Container> {
    const all = await this.web.containers();
    const [found] = all.filter(({ Labels }) => Labels["webfarm.replica"] === `web-${number}`);
    if (found === undefined) throw new Error(`there is no web-${number}`);
    return this.engine.docker.getContainer(found.Id);
  }
}
