import type * as docker from "@pulumi/docker";
import { describe, expect, it } from "vitest";
import { containerLabels } from "../plan/labels";
import { traitsOf } from "../platform/platform";
import { containerFindings, type ContainerContract } from "./containerRules";

const labels = containerLabels({ stack: "p/dev", farm: "web", service: "web" }, "web-1", "1");
const windows: ContainerContract = {
  target: { traits: traitsOf("windows"), release: "2022" },
  hostPorts: [],
  fixedName: false,
};
const linux: ContainerContract = { ...windows, target: { traits: traitsOf("linux"), release: "2022" } };

function found(args: Partial<docker.ContainerArgs>, contract: ContainerContract = windows) {
  return containerFindings({ image: "a:1", labels, ...args }, contract);
}

describe("what a Windows engine refuses, through transform too", () => {
  it.each<[Partial<docker.ContainerArgs>, string]>([
    [{ deviceReadBps: [{ path: "a", rate: 1 }] }, "Windows does not support BlkioDeviceReadBps"],
    [{ deviceReadIops: [{ path: "a", rate: 1 }] }, "Windows does not support BlkioDeviceReadIOps"],
    [{ deviceWriteBps: [{ path: "a", rate: 1 }] }, "Windows does not support BlkioDeviceWriteBps"],
    [{ deviceWriteIops: [{ path: "a", rate: 1 }] }, "Windows does not support BlkioDeviceWriteIOps"],
    [{ cgroupParent: "/a" }, "Windows does not support CgroupParent"],
    [{ cpuPeriod: 1000 }, "Windows does not support CPUPeriod"],
    [{ cpuSet: "0" }, "Windows does not support CpusetCpus"],
    [{ memoryReservation: 64 }, "Windows does not support MemoryReservation"],
    [{ memorySwap: 64 }, "Windows does not support MemorySwap"],
    [{ ulimits: [{ name: "nofile", soft: 1, hard: 1 }] }, "Windows does not support Ulimits"],
    [{ privileged: true }, "privileged mode is not supported for Windows containers"],
    [{ readOnly: true }, "read-only mode is not supported for Windows containers"],
    [{ tmpfs: { "/run": "" } }, "no tmpfs"],
    [{ mounts: [{ type: "tmpfs", target: "/run" }] }, "no tmpfs"],
    [{ capabilities: { adds: ["CAP_NET_ADMIN"] } }, "no capabilities"],
    [{ hosts: [{ host: "db", ip: "192.0.2.1" }] }, "--add-host"],
    [{ dnsOpts: ["ndots:1"] }, "--dns-opt"],
    [{ dnsSearches: ["example.com"] }, "--dns-search"],
    [{ networkMode: "bridge" }, "could not find a network matching network mode bridge"],
    [{ networkMode: "host" }, "could not find a network matching network mode host"],
    [
      { ports: [{ internal: 80, ip: "127.0.0.1" }] },
      "Windows does not support host IP addresses in NAT settings",
    ],
    [{ ports: [{ internal: 80, protocol: "sctp" }] }, "allowed: tcp, udp"],
    [{ securityOpts: ["no-new-privileges"] }, "security option not supported: no-new-privileges"],
    [{ networksAdvanced: [{ name: "nat", aliases: ["web"] }] }, "are dropped beside networkMode"],
    [{ cpuShares: 20_000 }, "allowed: 1 to 10000"],
    [{ cpuShares: 5, cpus: "1" }, "conflicts with cpus"],
    [{ volumes: [{ hostPath: "data", containerPath: "c:\\data" }] }, "mount path must be absolute"],
    [{ image: "mcr.microsoft.com/windows/servercore:ltsc2025" }, "error 0xc0370101"],
  ])("%j", (args, words) => {
    const findings = found(args);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ code: "refusedOnWindows" });
    expect(findings[0]?.message).toContain(words);
    expect(findings[0]?.at[0]).toBe(Object.keys(args)[0]);
  });

  it("takes what it does not refuse, and what is off", () => {
    expect(
      found({
        dns: ["192.0.2.1"],
        domainname: "example.com",
        cpuShares: 100,
        privileged: false,
        tmpfs: {},
        memorySwap: 0,
        securityOpts: ["credentialspec=file://web.json"],
        ports: [{ internal: 80, ip: "0.0.0.0", protocol: "tcp" }],
        uploads: [{ file: "c:\\a.txt", content: "a" }],
      }),
    ).toEqual([]);
    expect(
      found({ privileged: true, readOnly: true, hosts: [{ host: "a", ip: "192.0.2.1" }] }, linux),
    ).toEqual([]);
  });
});

describe.each([
  ["windows", windows],
  ["linux", linux],
])("what the component stands on, on %s", (_, contract) => {
  it.each<[Partial<docker.ContainerArgs>, PropertyKey[]]>([
    [{ name: "web" }, ["name"]],
    [{ ports: [{ internal: 80, external: 80 }] }, ["ports", 0, "external"]],
    [{ start: false }, ["start"]],
    [{ attach: true }, ["attach"]],
    [{ rm: true }, ["rm"]],
    [{ wait: true }, ["wait"]],
  ])("keeps %j out", (args, at) => {
    expect(found(args, contract)).toMatchObject([{ at, code: "conflict" }]);
  });

  it("keeps the labels in, and the image a reference", () => {
    expect(found({ labels: labels.slice(1) }, contract)).toMatchObject([{ at: ["labels"] }]);
    expect(found({ image: "a b" }, contract)).toMatchObject([{ at: ["image"], code: "invalidFormat" }]);
  });

  it("leaves a fixed name and the planned ports to replicas that stop first", () => {
    const stopFirst = { ...contract, hostPorts: [80], fixedName: true };
    expect(found({ name: "web", ports: [{ internal: 80, external: 80 }] }, stopFirst)).toEqual([]);
  });
});
