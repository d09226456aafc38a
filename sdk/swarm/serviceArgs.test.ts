import * as pulumi from "@pulumi/pulumi";
import type * as docker from "@pulumi/docker";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import type { NatServiceArgs, Platform } from "../args";
import { replicaContainerArgs } from "../components/containerArgs";
import { planTask } from "../plan/servicePlan";
import { traitsOf } from "../platform/platform";
import { natServiceSchema } from "../schema/natService";
import { taskFindings } from "../schema/taskRules";
import { validate } from "../schema/validate";
import { valueOf } from "../testing";
import { fullService } from "../../test/support/serviceSamples";
import { parallelism, specLabel, swarmServiceArgs, type SwarmServicePlan } from "./serviceArgs";
import { taskTemplate } from "./taskSpec";

function containerOf(args: NatServiceArgs, platform: Platform = "linux"): docker.ContainerArgs {
  const task = planTask(validate(natServiceSchema, args, "test"), {
    resourceStem: "shop-webapp",
    owner: { stack: "project/dev", farm: "shop", service: "webapp" },
    traits: traitsOf(platform),
    release: "2022",
  });
  return replicaContainerArgs(task, pulumi.output("shop-network-1234567"));
}

function serviceOf(container: docker.ContainerArgs, more: Partial<SwarmServicePlan> = {}) {
  return swarmServiceArgs({
    task: taskTemplate(container),
    labels: container.labels,
    platform: "linux",
    constraints: [],
    network: { id: "network-id", name: "shop-network-1234567", alias: "webapp" },
    replicas: 2,
    rollout: "startFirst",
    checked: true,
    ports: [],
    publishMode: "host",
    ...more,
  });
}

const plain = (args: docker.ServiceArgs) => valueOf(pulumi.unsecret(pulumi.output(args)));

async function taskOf(container: docker.ContainerArgs) {
  const { taskSpec } = await plain(serviceOf(container).args);
  return taskSpec;
}

const app = { image: "webapp:1", ports: [{ container: 80 }] };

describe("swarmServiceArgs", () => {
  it.each(["windows", "linux"] as const)(
    "makes of a full service on %s what its golden file says",
    async (platform) => {
      const container = containerOf(fullService(platform), platform);
      const { args } = serviceOf(container, { platform, constraints: ["node.labels.disk == ssd"] });
      expect(taskFindings(container)).toEqual([]);
      const text = stringify(await plain(args), { lineWidth: 0, aliasDuplicateObjects: false });
      await expect(text).toMatchFileSnapshot(`golden/${platform}.yaml`);
    },
  );

  it("gives each task the number of its replica, and leaves braces of the user alone", async () => {
    const environment = { GREETING: "{{hello}}", LATER: pulumi.output("a{{b") };
    const { containerSpec } = await taskOf(containerOf({ ...app, environment }));
    expect(containerSpec.env).toEqual({
      GREETING: '{{"{{"}}hello}}',
      LATER: 'a{{"{{"}}b',
      WEBFARM_GENERATION: "1",
      WEBFARM_REPLICA: "webapp-{{.Task.Slot}}",
    });
  });

  it("keeps a secret a secret, and the variables beside it readable", async () => {
    const container = containerOf({ ...app, environment: { PASSWORD: pulumi.secret("hush"), PLAIN: "a=b" } });
    const { env } = taskTemplate(container).containerSpec;
    const { PASSWORD, PLAIN } = env as Record<string, pulumi.Input<string>>;
    expect(PLAIN).toBe("a=b");
    expect(pulumi.Output.isInstance(PASSWORD)).toBe(true);
    expect(await pulumi.isSecret(PASSWORD as pulumi.Output<string>)).toBe(true);
    expect(await valueOf(PASSWORD as pulumi.Output<string>)).toBe("hush");
  });

  it("names by its digest what a task is, and not how many there are or where", async () => {
    const container = containerOf(app);
    const digest = ({ spec }: { spec: pulumi.Output<string> }) => valueOf(spec);
    const first = await digest(serviceOf(container));
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    expect(await digest(serviceOf(container, { replicas: 5, constraints: ["node.role == worker"] }))).toBe(
      first,
    );
    for (const other of [
      serviceOf(containerOf({ ...app, image: "webapp:2" })),
      serviceOf(containerOf({ ...app, memoryMb: 64 })),
      serviceOf(container, { network: { id: "x", name: "other", alias: "webapp" } }),
      serviceOf(container, { files: { configs: [], secrets: [], digest: "other" } }),
      serviceOf(container, { ports: [{ container: 80, host: 8080, protocol: "tcp" }] }),
    ]) {
      expect(await digest(other)).not.toBe(first);
    }
    const { containerSpec } = await taskOf(container);
    expect(containerSpec.labels).toContainEqual({ label: specLabel, value: first });
  });

  it("puts one task with a port of its node on each node", async () => {
    const ports = [{ container: 80, host: 8080, protocol: "tcp" as const }];
    const { args } = serviceOf(containerOf(app), { ports, rollout: "stopFirst" });
    expect(await plain(args)).toMatchObject({
      endpointSpec: { mode: "dnsrr", ports: [{ publishedPort: 8080, publishMode: "host" }] },
      taskSpec: { placement: { maxReplicas: 1 } },
      updateConfig: { order: "stop-first" },
    });
    const mesh = await plain(serviceOf(containerOf(app), { ports, publishMode: "ingress" }).args);
    expect(mesh.endpointSpec).toMatchObject({ mode: "vip", ports: [{ publishMode: "ingress" }] });
    expect(mesh.taskSpec.placement?.maxReplicas).toBeUndefined();
  });

  it("changes a tenth of many tasks at a time", () => {
    expect([1, 10, 11, 200].map(parallelism)).toEqual([1, 1, 2, 20]);
  });

  it("runs one on each node without a number", async () => {
    const { task, ...rest } = { task: taskTemplate(containerOf(app)), ...base };
    expect((await plain(swarmServiceArgs({ task, ...rest }).args)).mode).toEqual({ global: true });
  });
});

const base: Omit<SwarmServicePlan, "task"> = {
  labels: [],
  platform: "linux",
  constraints: [],
  network: { id: "network-id", name: "n", alias: "proxy" },
  rollout: "stopFirst",
  checked: true,
  ports: [],
  publishMode: "host",
};

describe("what transform may have made of a container", () => {
  it("is translated where services have it", async () => {
    const { containerSpec, resources, restartPolicy, logDriver } = await taskOf({
      ...containerOf(app),
      envs: pulumi.output(["A=1", "B=x=y"]),
      capabilities: { adds: ["CAP_NET_ADMIN"], drops: ["CAP_KILL"] },
      dns: ["10.0.0.2"],
      dnsSearches: ["example.com"],
      mounts: [{ type: "tmpfs", target: "/tmp" }],
      volumes: [{ volumeName: "data", containerPath: "/data" }],
      securityOpts: ["credentialspec=file://webapp.json"],
      memory: 64,
      cpus: "0.5",
      restart: "on-failure",
      logDriver: "json-file",
      logOpts: { "max-size": "1m" },
    });
    expect(containerSpec).toMatchObject({
      env: { A: "1", B: "x=y" },
      capAdds: ["CAP_NET_ADMIN"],
      capDrops: ["CAP_KILL"],
      dnsConfig: { nameservers: ["10.0.0.2"], searches: ["example.com"] },
      mounts: [
        { type: "volume", source: "data", target: "/data" },
        { type: "tmpfs", target: "/tmp" },
      ],
      privileges: { credentialSpec: { file: "webapp.json" } },
    });
    expect(resources).toEqual({ limits: { memoryBytes: 64 * 1024 * 1024, nanoCpus: 500_000_000 } });
    expect(restartPolicy).toMatchObject({ condition: "on-failure" });
    expect(logDriver).toEqual({ name: "json-file", options: { "max-size": "1m" } });
  });

  it("is refused where they do not, each with the way out", () => {
    const container = {
      ...containerOf(app),
      name: "fixed",
      privileged: true,
      gpus: "all",
      tmpfs: { "/tmp": "" },
      networkMode: "other",
      securityOpts: ["seccomp=unconfined", "credentialspec=registry://web"],
      ports: [{ internal: 80, external: 8080, ip: "10.0.0.1" }],
      // What engines take for not given.
      devices: [],
      tty: false,
      shmSize: 0,
    };
    const findings = taskFindings(container);
    expect(findings.map(({ at }) => at.join(".")).sort()).toEqual([
      "gpus",
      "name",
      "networkMode",
      "ports.0.ip",
      "privileged",
      "securityOpts.0",
      "tmpfs",
    ]);
    expect(new Set(findings.map(({ code }) => code))).toEqual(new Set(["conflict"]));
    expect(findings.find(({ at }) => at[0] === "tmpfs")?.hint).toContain('type: "tmpfs"');
  });
});
