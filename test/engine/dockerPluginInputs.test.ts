import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PropertyMap } from "../../toolchain/docker-plugin/values";
import { type Deployed, Deployment, NO_CHANGE, object, urnOf } from "./dockerPluginDeployment";

/** What the recordings do not show: all the other inputs, refresh and import. */
let deployment: Deployment;
const directory = mkdtempSync(join(tmpdir(), "docker-plugin-"));

beforeAll(async () => {
  deployment = await Deployment.start("pluginin");
});

afterAll(async () => {
  await deployment.end();
  rmSync(directory, { recursive: true });
});

describe("Container inputs", () => {
  const networks = (): PropertyMap[] => [
    { name: `${deployment.prefix}front`, aliases: ["web", "api"], ipv4Address: "10.213.7.9" },
    { name: `${deployment.prefix}back` },
  ];
  const everything = (): PropertyMap => ({
    capabilities: { adds: ["CAP_NET_ADMIN"], drops: ["CAP_MKNOD"] },
    cgroupnsMode: "private",
    cpuSet: "0",
    cpuShares: 512,
    cpus: "0.5",
    destroyGraceSeconds: 1,
    devices: [{ hostPath: "/dev/null", containerPath: "/dev/nothing", permissions: "r" }],
    dns: ["192.0.2.2", "192.0.2.1"],
    dnsOpts: ["timeout:1"],
    dnsSearches: ["example.com"],
    domainname: "example.com",
    entrypoints: ["/bin/busybox"],
    envs: ["B=2", "A=1", "EMPTY="],
    groupAdds: ["7"],
    hostname: "everything",
    hosts: [
      { host: "one.example.com", ip: "192.0.2.3" },
      { host: "six.example.com", ip: "2001:db8::1" },
    ],
    init: true,
    ipcMode: "shareable",
    labels: [
      { label: "b", value: "2" },
      { label: "a", value: "1" },
    ],
    logDriver: "json-file",
    logOpts: { "max-size": "1m", "max-file": "2" },
    maxRetryCount: 3,
    memory: 64,
    memoryReservation: 32,
    memorySwap: 96,
    mounts: [
      { type: "tmpfs", target: "/scratch", tmpfsOptions: { sizeBytes: 1048576, mode: 0o1770 } },
      { type: "volume", target: "/kept", source: `${deployment.prefix}kept`, readOnly: true },
    ],
    networksAdvanced: networks(),
    ports: [{ internal: 8080 }, { internal: 53, protocol: "udp" }, { internal: 80, ip: "127.0.0.1" }],
    privileged: false,
    readOnly: false,
    restart: "on-failure",
    runtime: "runc",
    securityOpts: ["no-new-privileges"],
    shmSize: 32,
    stdinOpen: true,
    stopSignal: "SIGINT",
    stopTimeout: 2,
    sysctls: { "net.core.somaxconn": "512" },
    tmpfs: { "/run": "size=1m" },
    tty: true,
    ulimits: [{ name: "nofile", soft: 512, hard: 1024 }],
    uploads: [
      { file: "/www/text", content: "hällo" },
      { file: "/www/binary", contentBase64: "AAECAw==", permissions: "0600" },
      { file: "/www/script", source: join(directory, "script"), executable: true },
    ],
    user: "0:0",
    volumes: [
      { volumeName: `${deployment.prefix}data`, containerPath: "/data", readOnly: true },
      { containerPath: "/anonymous" },
    ],
    workingDir: "/www",
  });
  let deployed: Deployed;

  beforeAll(async () => {
    writeFileSync(join(directory, "script"), "#!/bin/sh\n");
    await deployment.create("Network", "front", {
      name: `${deployment.prefix}front`,
      ipamConfigs: [{ subnet: "10.213.7.0/24", gateway: "10.213.7.1" }],
    });
    await deployment.create("Network", "back", {
      name: `${deployment.prefix}back`,
      labels: [{ label: "a", value: "1" }],
    });
    deployed = await deployment.create(
      "Container",
      "everything",
      deployment.container("everything", everything()),
    );
  });

  it("reach the engine", async () => {
    const { Config, HostConfig, NetworkSettings, State } = await deployment.docker
      .getContainer(deployed.id)
      .inspect();
    expect(State.Running).toBe(true);
    expect(Config).toMatchObject({
      Env: expect.arrayContaining(["B=2", "A=1", "EMPTY="]) as unknown,
      Entrypoint: ["/bin/busybox"],
      Hostname: "everything",
      Domainname: "example.com",
      Labels: { a: "1", b: "2" },
      OpenStdin: true,
      StopSignal: "SIGINT",
      StopTimeout: 2,
      Tty: true,
      User: "0:0",
      WorkingDir: "/www",
    });
    expect(HostConfig).toMatchObject({
      Binds: [`${deployment.prefix}data:/data:ro`],
      CapAdd: ["CAP_NET_ADMIN"],
      CapDrop: ["CAP_MKNOD"],
      CgroupnsMode: "private",
      CpuShares: 512,
      CpusetCpus: "0",
      Devices: [{ PathOnHost: "/dev/null", PathInContainer: "/dev/nothing", CgroupPermissions: "r" }],
      Dns: ["192.0.2.2", "192.0.2.1"],
      ExtraHosts: ["one.example.com:192.0.2.3", "six.example.com:2001:db8::1"],
      GroupAdd: ["7"],
      Init: true,
      IpcMode: "shareable",
      LogConfig: { Type: "json-file", Config: { "max-size": "1m", "max-file": "2" } },
      Memory: 64 * 1024 * 1024,
      MemoryReservation: 32 * 1024 * 1024,
      MemorySwap: 96 * 1024 * 1024,
      NanoCpus: 500_000_000,
      RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 },
      SecurityOpt: ["no-new-privileges"],
      ShmSize: 32 * 1024 * 1024,
      Sysctls: { "net.core.somaxconn": "512" },
      Tmpfs: { "/run": "size=1m" },
      Ulimits: [{ Name: "nofile", Soft: 512, Hard: 1024 }],
    });
    expect(Object.keys(NetworkSettings.Networks).sort()).toEqual([
      `${deployment.prefix}back`,
      `${deployment.prefix}front`,
    ]);
    const front = NetworkSettings.Networks[`${deployment.prefix}front`];
    expect(front?.IPAddress).toBe("10.213.7.9");
    expect(front?.Aliases).toEqual(expect.arrayContaining(["web", "api"]));
  });

  it("upload files with their modes", async () => {
    const listing = await deployment.run(deployed.id, ["busybox", "ls", "-l", "/www"]);
    expect(listing).toMatch(/-rw------- .* binary\s/);
    expect(listing).toMatch(/-rwxr--r-- .* script\s/);
    expect(await deployment.run(deployed.id, ["busybox", "cat", "/www/text"])).toContain("hällo");
  });

  it("publish every port", () => {
    const ports = deployed.outputs.ports as PropertyMap[];
    expect(ports.map(({ internal, protocol, ip }) => [internal, protocol, ip])).toEqual([
      [8080, "tcp", "0.0.0.0"],
      [53, "udp", "0.0.0.0"],
      [80, "tcp", "127.0.0.1"],
    ]);
    expect(ports.every(({ external }) => typeof external === "number" && external > 0)).toBe(true);
  });

  it("show no difference afterwards, nor after a refresh", async () => {
    expect(await deployment.diff(deployed)).toEqual(NO_CHANGE);
    const refreshed = await deployment.read(deployed);
    expect(refreshed.inputs).toEqual(deployed.inputs);
    expect(await deployment.diff({ ...deployed, outputs: object(refreshed.properties) })).toEqual(NO_CHANGE);
  });

  it("show by path what a change means", async () => {
    const news = { ...deployed.inputs, envs: ["B=3", "A=1", "EMPTY="], stopTimeout: 9, memory: 65 };
    const { urn, id, outputs } = deployed;
    expect(await deployment.plugin.client.call("Diff", { urn, id, olds: outputs, news })).toEqual({
      changes: "DIFF_SOME",
      deleteBeforeReplace: true,
      detailedDiff: {
        "envs[0]": { kind: "UPDATE_REPLACE" },
        memory: { kind: "UPDATE" },
        stopTimeout: { kind: "UPDATE_REPLACE" },
      },
      diffs: ["envs", "memory", "stopTimeout"],
      hasDetailedDiff: true,
      replaces: ["envs", "stopTimeout"],
    });
  });

  it("can be imported by name and then show no difference", async () => {
    const urn = urnOf("Container", "everything");
    const imported = await deployment.plugin.client.call("Read", {
      urn,
      id: `${deployment.prefix}everything`,
    });
    expect(imported.id).toBe(deployed.id);
    const inputs = object(imported.inputs);
    expect(inputs).toMatchObject({
      image: deployment.image,
      name: `${deployment.prefix}everything`,
      hostname: "everything",
      memory: 64,
    });
    const outputs = object(imported.properties);
    const checked = await deployment.check("Container", "everything", inputs);
    expect(await deployment.diff({ urn, id: deployed.id, inputs: object(checked.inputs), outputs })).toEqual(
      NO_CHANGE,
    );
  });

  it("are taken away, and a second time is no error", async () => {
    await deployment.remove(deployed);
    await expect(deployment.docker.getContainer(deployed.id).inspect()).rejects.toMatchObject({
      statusCode: 404,
    });
    await deployment.remove(deployed);
    expect(await deployment.read(deployed)).toEqual({});
  });
});
