import { describe, expect, it } from "vitest";
import { checkInputs } from "../schema/check";
import { diffAttributes } from "../schema/diff";
import { planCreate, planUpdate, settle } from "../schema/plan";
import { importInputs, refreshInputs } from "../schema/refresh";
import { isObject, type PropertyMap } from "../values";
import { serviceAttributes, serviceSchema } from "./schema";
import { serviceOutputs } from "./serviceOutputs";
import { serviceSpec } from "./serviceSpec";

/** A service with everything that is supported. */
const program: PropertyMap = {
  name: "shop-web",
  labels: [{ label: "webfarm.farm", value: "shop" }],
  mode: { replicated: { replicas: 3 } },
  endpointSpec: {
    mode: "dnsrr",
    ports: [{ targetPort: 80, publishedPort: 8080, publishMode: "host" }],
  },
  updateConfig: { parallelism: 2, order: "start-first", failureAction: "rollback", monitor: "2s" },
  rollbackConfig: { order: "start-first" },
  taskSpec: {
    containerSpec: {
      image: "web:1",
      labels: [{ label: "webfarm.service", value: "web" }],
      commands: ["cmd"],
      args: ["/c", "start.cmd"],
      env: { B: "2=2", A: "1" },
      dir: "/srv",
      user: "app",
      groups: ["staff"],
      hostname: "web",
      hosts: [{ host: "db", ip: "10.0.0.9" }],
      mounts: [
        { type: "bind", source: "/srv/data", target: "/data", readOnly: true },
        { type: "volume", source: "logs", target: "/logs" },
      ],
      healthcheck: { tests: ["CMD", "check"], interval: "2s", timeout: "1s", retries: 3 },
      configs: [{ configId: "c1", configName: "conf", fileName: "/webfarm/nginx.conf" }],
      secrets: [{ secretId: "s1", secretName: "key", fileName: "/webfarm/key.pem", fileMode: 256 }],
      stopGracePeriod: "1m30s",
      stopSignal: "SIGQUIT",
      isolation: "process",
      dnsConfig: { nameservers: ["10.0.0.1"] },
      sysctl: { "net.core.somaxconn": "1024" },
      capAdds: ["CAP_NET_ADMIN"],
      readOnly: true,
    },
    resources: { limits: { memoryBytes: 1024, nanoCpus: 500_000_000 }, reservation: { memoryBytes: 512 } },
    restartPolicy: { condition: "any", delay: "1s", window: "0s" },
    placement: {
      constraints: ["node.platform.os == linux"],
      maxReplicas: 1,
      platforms: [{ architecture: "amd64", os: "linux" }],
      prefs: ["node.labels.zone"],
    },
    networksAdvanceds: [{ id: "n1", aliases: ["web"] }],
    logDriver: { name: "json-file", options: { "max-size": "1m" } },
  },
};

const { inputs, failures } = checkInputs(serviceAttributes, program);

/** The engine keeps a specification as it was sent, but for what it leaves out again. */
function asEngineKeeps(spec: PropertyMap): PropertyMap {
  return { ID: "service1", Spec: JSON.parse(JSON.stringify(spec)) as PropertyMap, Endpoint: { Spec: {} } };
}

function created(from: PropertyMap): PropertyMap {
  const planned = planCreate(serviceAttributes, from);
  return settle(serviceAttributes, planned, serviceOutputs(asEngineKeeps(serviceSpec(from)), planned));
}

const part = (value: PropertyMap[string] | undefined): PropertyMap => (isObject(value) ? value : {});

describe("a service", () => {
  it("goes to the engine in the engine's form", () => {
    expect(failures).toEqual([]);
    expect(serviceSpec(inputs)).toEqual({
      Name: "shop-web",
      Labels: { "webfarm.farm": "shop" },
      TaskTemplate: {
        ContainerSpec: {
          Image: "web:1",
          Labels: { "webfarm.service": "web" },
          Command: ["cmd"],
          Args: ["/c", "start.cmd"],
          Hostname: "web",
          Env: ["A=1", "B=2=2"],
          Dir: "/srv",
          User: "app",
          Groups: ["staff"],
          ReadOnly: true,
          Mounts: [
            { Type: "bind", Source: "/srv/data", Target: "/data", ReadOnly: true },
            { Type: "volume", Source: "logs", Target: "/logs" },
          ],
          StopSignal: "SIGQUIT",
          StopGracePeriod: 90e9,
          Healthcheck: { Test: ["CMD", "check"], Interval: 2e9, Timeout: 1e9, Retries: 3 },
          Hosts: ["10.0.0.9 db"],
          DNSConfig: { Nameservers: ["10.0.0.1"], Search: [], Options: [] },
          Secrets: [
            {
              SecretID: "s1",
              SecretName: "key",
              File: { Name: "/webfarm/key.pem", UID: "0", GID: "0", Mode: 0o400 },
            },
          ],
          Configs: [
            {
              ConfigID: "c1",
              ConfigName: "conf",
              File: { Name: "/webfarm/nginx.conf", UID: "0", GID: "0", Mode: 0o444 },
            },
          ],
          Sysctls: { "net.core.somaxconn": "1024" },
          CapabilityAdd: ["CAP_NET_ADMIN"],
          Isolation: "process",
          Init: false,
        },
        Resources: {
          Limits: { NanoCPUs: 5e8, MemoryBytes: 1024 },
          Reservations: { NanoCPUs: 0, MemoryBytes: 512 },
        },
        RestartPolicy: { Condition: "any", Delay: 1e9, MaxAttempts: 0, Window: 0 },
        Placement: {
          Constraints: ["node.platform.os == linux"],
          Preferences: [{ Spread: { SpreadDescriptor: "node.labels.zone" } }],
          Platforms: [{ Architecture: "amd64", OS: "linux" }],
          MaxReplicas: 1,
        },
        ForceUpdate: 0,
        Networks: [{ Target: "n1", Aliases: ["web"], DriverOpts: {} }],
        LogDriver: { Name: "json-file", Options: { "max-size": "1m" } },
      },
      Mode: { Replicated: { Replicas: 3 } },
      UpdateConfig: {
        Parallelism: 2,
        Delay: 0,
        FailureAction: "rollback",
        Monitor: 2e9,
        MaxFailureRatio: 0,
        Order: "start-first",
      },
      RollbackConfig: {
        Parallelism: 1,
        Delay: 0,
        FailureAction: "pause",
        Monitor: 5e9,
        MaxFailureRatio: 0,
        Order: "start-first",
      },
      EndpointSpec: {
        Mode: "dnsrr",
        Ports: [{ Protocol: "tcp", TargetPort: 80, PublishedPort: 8080, PublishMode: "host" }],
      },
    });
  });

  it("shows no difference once it is there", () => {
    expect(diffAttributes(serviceAttributes, created(inputs), inputs)).toEqual([]);
  });

  it("without a virtual address has the ports that were asked for, whatever the swarm tells of those before", () => {
    const kept = asEngineKeeps(serviceSpec(inputs));
    const Endpoint = { Spec: { Mode: "dnsrr" }, Ports: [{ TargetPort: 80, PublishedPort: 8079 }] };
    const { endpointSpec } = serviceOutputs({ ...kept, Endpoint }, planCreate(serviceAttributes, inputs));
    expect(part(endpointSpec).ports).toMatchObject([{ publishedPort: 8080 }]);
  });

  it("is sent unchanged again by an update that changes the number of replicas only", () => {
    const more = { ...inputs, mode: { replicated: { replicas: 6 } } };
    const sent = serviceSpec(planUpdate(serviceAttributes, created(inputs), more));
    expect(sent).toEqual({ ...serviceSpec(inputs), Mode: { Replicated: { Replicas: 6 } } });
  });

  it("keeps the network by name where the program names it so", () => {
    const byName = [{ name: "n1", aliases: ["web"] }];
    const named = { ...inputs, taskSpec: { ...part(inputs.taskSpec), networksAdvanceds: byName } };
    expect(part(created(named).taskSpec).networksAdvanceds).toMatchObject([{ id: "", name: "n1" }]);
  });

  it("shows a duration that is not written as Go writes it as a difference, as the official plugin does", () => {
    const containerSpec = { ...part(part(inputs.taskSpec).containerSpec), stopGracePeriod: "60s" };
    const written = { ...inputs, taskSpec: { ...part(inputs.taskSpec), containerSpec } };
    expect(part(part(created(written).taskSpec).containerSpec).stopGracePeriod).toBe("1m");
    expect(diffAttributes(serviceAttributes, created(written), written)).toEqual([
      { path: "taskSpec.containerSpec.stopGracePeriod", kind: "UPDATE", replaces: false },
    ]);
  });

  it("changes in place, but for its name, its credentials and its hosts file", () => {
    const containerSpec = part(part(inputs.taskSpec).containerSpec);
    const changed = {
      ...inputs,
      name: "other",
      auth: { serverAddress: "registry.example.com" },
      labels: [],
      mode: { global: true },
      taskSpec: {
        ...part(inputs.taskSpec),
        containerSpec: { ...containerSpec, image: "web:2", hosts: [{ host: "db", ip: "10.0.0.8" }] },
      },
    };
    const changes = diffAttributes(serviceAttributes, created(inputs), changed);
    expect(changes.filter(({ replaces }) => replaces).map(({ path }) => path)).toEqual([
      "auth",
      "name",
      "taskSpec.containerSpec.hosts[0].ip",
    ]);
    expect(changes.filter(({ replaces }) => !replaces).map(({ path }) => path)).toEqual([
      "labels",
      "mode.global",
      "taskSpec.containerSpec.image",
    ]);
  });

  it("tells in a refresh what was changed by hand", () => {
    const before = created(inputs);
    const info = asEngineKeeps(serviceSpec(inputs));
    const spec = part(info.Spec);
    const task = part(spec.TaskTemplate);
    const byHand = {
      ...info,
      Spec: {
        ...spec,
        Mode: { Replicated: { Replicas: 1 } },
        TaskTemplate: { ...task, ContainerSpec: { ...part(task.ContainerSpec), Image: "web:0" } },
      },
    };
    const found = settle(serviceAttributes, before, serviceOutputs(byHand, before));
    const refreshed = refreshInputs(serviceAttributes, inputs, found);
    expect(diffAttributes(serviceAttributes, found, inputs).map(({ path }) => path)).toEqual([
      "mode.replicated.replicas",
      "taskSpec.containerSpec.image",
    ]);
    expect(diffAttributes(serviceAttributes, found, refreshed)).toEqual([]);
  });

  it("is imported as the inputs that make it", () => {
    const imported = importInputs(serviceAttributes, created(inputs));
    expect(diffAttributes(serviceAttributes, created(inputs), imported)).toEqual([]);
    expect(checkInputs(serviceAttributes, imported).failures).toEqual([]);
  });
});

describe("a service's inputs", () => {
  const conflicts = (given: PropertyMap): string[] =>
    (serviceSchema.conflicts?.(given) ?? []).map(({ property }) => property);

  it("are refused together where the official plugin refuses them", () => {
    expect(conflicts({ mode: { global: true, replicated: { replicas: 1 } }, convergeConfig: {} })).toEqual([
      "mode.replicated",
      "convergeConfig",
    ]);
    expect(conflicts({ taskSpec: { networksAdvanceds: [{ id: "n1" }, { aliases: ["a"] }] } })).toEqual([
      "taskSpec.networksAdvanceds[1]",
    ]);
    expect(conflicts(inputs)).toEqual([]);
  });

  it("are refused by name where they cannot be honoured", () => {
    const { failures: refused } = checkInputs(serviceAttributes, {
      name: "a",
      endpointSpec: { mode: "anycast" },
      updateConfig: { maxFailureRatio: "2", failureAction: "explode", order: "sideways" },
      rollbackConfig: { failureAction: "rollback" },
      taskSpec: {
        containerSpec: {
          image: "web:1",
          privileges: {},
          stopGracePeriod: "soon",
          mounts: [{ type: "npipe", target: "x" }],
        },
        runtime: "plugin",
      },
    });
    expect(refused.map(({ property }) => property).sort()).toEqual([
      "endpointSpec.mode",
      "rollbackConfig.failureAction",
      "taskSpec.containerSpec.mounts[0].type",
      "taskSpec.containerSpec.privileges",
      "taskSpec.containerSpec.stopGracePeriod",
      "taskSpec.runtime",
      "updateConfig.failureAction",
      "updateConfig.maxFailureRatio",
      "updateConfig.order",
    ]);
  });
});
