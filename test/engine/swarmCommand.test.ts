import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Check } from "../../cli/doctor/checks";
import type { StatusReport } from "../../cli/status/report";
import { swarmIssues, type SwarmQuestion } from "../../sdk/preflight/swarm";
import { webappReference } from "../../toolchain/images/imageNames";
import { noBrowserReason, startBrowser } from "../support/browser";
import { eventually, uniqueName } from "../support/engine";
import { webfarm, type CommandRun } from "../support/farm";
import { LabelledSwarm } from "../support/labelledSwarm";
import { SwarmCluster } from "../support/swarmCluster";

/** The command against a real swarm of three engines; its services are made without Pulumi, which none of these needs. */
const whyNot = SwarmCluster.whyNot();
const main = join(__dirname, "../../dist/cli/main.js");
const owner = { stack: "test/command", farm: uniqueName("farm") };
const { farm } = owner;
const port = 8080;

let cluster: SwarmCluster;
let manager: Docker;
let host: string;
let services: LabelledSwarm;

const command = (...args: string[]): Promise<CommandRun> => webfarm("--host", host, ...args);

async function report(): Promise<StatusReport> {
  return JSON.parse((await command("status", farm, "--json")).out) as StatusReport;
}

const codes = async () => {
  const { swarm, farms } = await report();
  const findings = [...(swarm?.findings ?? []), ...farms.flatMap((found) => found.findings)];
  return findings.map(({ code }) => code).sort();
};

beforeAll(async () => {
  if (whyNot !== undefined) return;
  cluster = await SwarmCluster.create({ nodes: 3 });
  manager = cluster.manager.docker;
  host = cluster.manager.host;
  services = await LabelledSwarm.create(cluster, owner, port);
  await eventually("the farm is up", 120, async () => {
    if ((await codes()).join() === "managers") return true;
    throw new Error((await command("status", farm)).out);
  });
});

afterAll(async () => {
  if (whyNot === undefined) await cluster.remove();
});

describe.skipIf(whyNot !== undefined)(
  `the command on a swarm${whyNot === undefined ? "" : `: ${whyNot}`}`,
  () => {
    it("status shows nodes, services and their tasks by node, and ends with 0", async () => {
      const { exitCode, out } = await command("status", farm);
      expect(out).toMatch(
        /^swarm: 3 nodes, 1 of 1 managers reached, 1 needed\n {2}node1 {2}leader {2}linux {2}ready/,
      );
      expect(out).toContain(`${farm} (stack test/command, on the swarm): all is well`);
      expect(out).toContain(`  proxy: 3 of 3 healthy, port ${port} of the task's node -> 80`);
      expect(out).toMatch(/ {4}proxy@node3 +running +node3/);
      expect(out).toContain("  webapp: 3 of 3 healthy, found by name");
      expect(exitCode).toBe(0);
      const { swarm, farms } = await report();
      expect(swarm?.nodes.reduce((sum, { tasks }) => sum + tasks, 0)).toBe(6);
      const tasks = farms[0]?.services.flatMap(({ replicas }) => replicas) ?? [];
      expect(new Set(tasks.map(({ node }) => node))).toEqual(new Set(["node1", "node2", "node3"]));
      expect(tasks.filter(({ name }) => name.startsWith("proxy@")).map(({ ports }) => ports)).toEqual(
        Array(3).fill([{ container: 80, host: port, protocol: "tcp" }]),
      );
    });

    it("status goes on with --watch", async () => {
      const args = [
        main,
        "status",
        farm,
        "--host",
        host,
        "--watch",
        "--interval",
        "0.1",
        "--json",
        "--cwd",
        tmpdir(),
      ];
      const watch = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
      const looks: StatusReport[] = [];
      try {
        for await (const line of createInterface({ input: watch.stdout })) {
          looks.push(JSON.parse(line) as StatusReport);
          if (looks.length === 2) break;
        }
      } finally {
        watch.kill("SIGKILL");
      }
      expect(looks.map(({ ok, swarm }) => [ok, swarm?.nodes.length])).toEqual([
        [true, 3],
        [true, 3],
      ]);
    });

    it.skipIf(noBrowserReason() !== undefined)("the page shows the same in a browser", async () => {
      const args = [main, "page", farm, "--host", host, "--json", "--cwd", tmpdir()];
      const serving = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
      const browser = await startBrowser();
      try {
        const [line] = (await once(createInterface({ input: serving.stdout }), "line")) as [string];
        const page = await browser.newPage();
        const faults: string[] = [];
        page.on("pageerror", ({ message }) => faults.push(message));
        await page.goto((JSON.parse(line) as { url: string }).url);
        await page.getByText("3 nodes, 1 of 1 managers reached").waitFor();
        const text = await page.locator("#farms").innerText();
        expect(text).toMatch(/webapp\s+3 of 3 healthy/);
        expect(text).toMatch(/proxy@node3\s+running[\s\S]*node3/);
        expect(text).toMatch(/node1\s+ready\s+leader · linux · 2 tasks of farms/);
        expect(faults).toEqual([]);
      } finally {
        await browser.close();
        serving.kill("SIGKILL");
      }
    });

    it("a worker says who knows more", async () => {
      const worker = cluster.nodes[1]?.host ?? "";
      const seen = await webfarm("--host", worker, "status");
      expect(seen.out).toContain(`at a manager, at ${cluster.manager.address}:2377`);
      expect(seen.exitCode).toBe(0);
      const judged = await webfarm("--host", worker, "doctor", "--orchestrator", "swarm", "--port", "8090");
      expect(judged.out).toContain("the engine is a worker of its swarm");
      expect(judged.exitCode).toBe(1);
    });

    it("logs come from all nodes, and from one replica", async () => {
      const lines = (await command("logs", farm, "--app", "webapp", "--json")).out
        .split("\n")
        .map((line) => JSON.parse(line) as { replica: string; node: string; line: string });
      expect(new Set(lines.map(({ replica }) => replica))).toEqual(
        new Set(["webapp-1", "webapp-2", "webapp-3"]),
      );
      expect(new Set(lines.map(({ node }) => node)).size).toBe(3);
      const { out } = await command("logs", farm, "--replica", "webapp-2");
      expect(out.split("\n").every((line) => line.startsWith("webapp-2 | "))).toBe(true);
    });

    it("reload says that the proxies follow by themselves", async () => {
      const { exitCode, out } = await command("reload", farm);
      expect(out).toContain("reload by themselves");
      expect(out).toContain(`docker service update --force ${farm}-proxy`);
      expect(exitCode).toBe(0);
    });

    it("console runs in the farm's network, and in replicas of this node only", async () => {
      const found = await command("console", farm, "--", "nslookup", "webapp");
      expect(found.out.match(/Address.*: 10\.\d+\.\d+\.\d+$/gm)?.length).toBeGreaterThanOrEqual(3);
      expect((await command("console", farm, "--", "sh", "-c", "exit 7")).exitCode).toBe(7);
      const left = await manager.listContainers({ all: true, filters: { network: [services.network] } });
      expect(left.every(({ Labels }) => "com.docker.swarm.task.id" in Labels)).toBe(true);
      const replicas = (await report()).farms[0]?.services.flatMap(({ replicas }) => replicas) ?? [];
      const [here, there] = ["node1", "node2"].map(
        (node) => replicas.find((one) => one.node === node)?.name ?? "",
      );
      expect((await command("console", farm, "--replica", here ?? "", "--", "echo", "hi")).out).toBe("hi");
      const away = await command("console", farm, "--replica", there ?? "", "--", "echo", "hi");
      expect(away.notes).toMatch(
        /runs on node2, and only the engine there can enter it\n.*docker exec -it \w{12}/,
      );
      expect(away.exitCode).toBe(1);
      const { out } = await command("console", farm, "--json");
      expect((JSON.parse(out) as { command: string }).command).toContain(`--network ${farm}-network`);
    });

    it("doctor judges the swarm for a farm that is to come", async () => {
      const check = async (...args: string[]) => {
        const { out } = await command("doctor", "--json", ...args);
        const { checks } = JSON.parse(out) as { checks: Check[] };
        return checks
          .filter(({ name }) => name === "swarm")
          .map(({ verdict, message }) => `${verdict} ${message}`);
      };
      const image = webappReference("1");
      expect(await check("--port", "8090", "--image", image)).toEqual([
        "warning 1 manager: without it tasks run on, but nothing is started again or changed",
        "ok 1 linux manager, 2 linux workers",
        `problem "${image}" is on no registry that the manager reaches, and tasks may go to node2, node3`,
      ]);
    });

    it("preflight finds what another farm holds, on each node, and takes images that are loaded everywhere", async () => {
      const ask = (more: Partial<SwarmQuestion>) =>
        swarmIssues(
          manager,
          {
            platform: "linux",
            imagesOnNodes: true,
            images: { "apps.webapp.image": webappReference("1") },
            publish: { path: "proxy.publish", port },
            owner: { ...owner, service: "proxy" },
            ...more,
          },
          false,
        ).then((issues) => issues.map(({ path, code, message }) => `${path} ${code}: ${message}`));
      expect(await ask({})).toEqual([]);
      expect(await ask({ owner: { ...owner, farm: "other", service: "proxy" } })).toEqual([
        `proxy.publish conflict: port ${port} is taken on node1, node2, node3 by the service ${farm}-proxy`,
      ]);
      expect(await ask({ platform: "windows" })).toEqual([
        "platform conflict: the swarm has no windows node: 1 linux manager, 2 linux workers",
      ]);
      expect(await ask({ imagesOnNodes: false })).toEqual([
        expect.stringContaining("apps.webapp.image notFound:") as string,
      ]);
      expect(await ask({ proxy: { replicas: 4 } })).toEqual([
        expect.stringContaining("4 replicas with port 8080 of their node do not fit on 3 nodes") as string,
      ]);
      expect(await ask({ proxy: { constraints: ["node.labels.edge == true"] } })).toEqual([
        "proxy.constraints conflict: no node of the platform fits node.labels.edge == true",
      ]);
    });

    it("status tells an update that failed and was rolled back, with the task that failed and why", async () => {
      await services.roll("2", ["PORT=not-a-port"]);
      const { out, exitCode } = await eventually("the rollback", 120, async () => {
        const told = await command("status", farm);
        return told.out.includes("the last update failed and was rolled back") ? told : undefined;
      });
      expect(out).toMatch(/webapp-\d failed on node\d \d+ seconds? ago: task: non-zero exit \(\d+\)/);
      expect((await command("logs", farm, "--app", "webapp")).out).toContain('PORT is "not-a-port"');
      expect(exitCode).toBe(1);
    });

    it("status tells a node that is drained, and one that is down", async () => {
      const [, node2, node3] = cluster.nodes;
      if (node2 === undefined || node3 === undefined) throw new Error("no nodes");
      await services.roll("3");
      await cluster.setAvailability(node2, "drain");
      await eventually("the tasks moved", 120, async () => {
        const { swarm, farms } = await report();
        const empty = swarm?.nodes.find(({ name }) => name === "node2")?.tasks === 0;
        // What failed before is remembered for a day.
        const settled = farms[0]?.findings.every(({ code }) => code === "taskFailed");
        return empty && settled ? true : undefined;
      });
      expect(await codes()).toEqual(["managers", "nodeAway", "taskFailed"]);
      await node3.kill();
      await eventually("the manager misses it", 120, async () =>
        (await codes()).includes("nodeDown") ? true : undefined,
      );
      expect((await command("status")).exitCode).toBe(1);
    }, 240_000);

    it("sweep removes services, and what only they used", async () => {
      const kept = await command("sweep", farm, "--yes", "--json");
      expect((JSON.parse(kept.out) as { orphans: unknown[] }).orphans).toEqual([]);
      const { out, notes, exitCode } = await command("sweep", farm, "--unsure", "--yes");
      expect(notes).toBe("");
      for (const line of [
        `service ${farm}-webapp`,
        `service ${farm}-proxy`,
        `config ${farm}-conf`,
        `network ${farm}-network`,
      ]) {
        expect(out).toContain(`removed ${line}`);
      }
      expect(exitCode).toBe(0);
      expect((await command("status", farm)).notes).toContain(`there is no farm ${farm}`);
    });
  },
);

describe.skipIf(whyNot !== undefined)("a swarm without a majority of its managers", () => {
  let pair: SwarmCluster;

  beforeAll(async () => {
    pair = await SwarmCluster.create({ nodes: 2, managers: 2, images: [] });
  });

  afterAll(() => pair.remove());

  it("is told in bounded time, by status and doctor", async () => {
    const { host } = pair.manager;
    expect((await webfarm("--host", host, "doctor", "--orchestrator", "swarm")).out).toContain(
      "2 managers, 2 needed for a majority, none may be lost: as many as with 1",
    );
    await pair.nodes[1]?.kill();
    const told = await eventually("it is missed", 120, async () => {
      const run = await webfarm("--host", host, "status");
      return run.out.includes("no majority") ? run : undefined;
    });
    expect(told.exitCode).toBe(1);
    const judged = await webfarm("--host", host, "doctor", "--orchestrator", "swarm");
    expect(judged.out).toContain("docker swarm init --force-new-cluster");
    expect(judged.exitCode).toBe(1);
  });
});
