import { describe, expect, it } from "vitest";
import { windowsRefusals } from "../../test/fixtures/windowsRefusals";
import { createFaults, portFaults, securityFaults, updateFaults } from "./checks";
import { networkFaults } from "./networks";
import { starts, type WindowsHost } from "./windowsHost";

const host: WindowsHost = { release: "2022", isolation: "process", cpus: 2 };
const look = (path: string) =>
  path.endsWith("file.txt") ? "file" : /^c:.containers/.test(path) ? "directory" : undefined;

describe("what a Windows engine refuses, word for word", () => {
  it.each(windowsRefusals.filter(({ at }) => at === "create"))("$message", ({ hostConfig, message }) => {
    expect(createFaults({ HostConfig: hostConfig }, host, look)).toEqual([message]);
  });

  it.each(windowsRefusals.filter(({ at }) => at === "start"))(
    "at a start: $message",
    ({ hostConfig, message }) => {
      expect(createFaults({ HostConfig: hostConfig }, host, look)).toEqual([]);
      const faults = [
        ...portFaults(hostConfig.PortBindings).map((fault) => `on network nat: ${fault}`),
        ...securityFaults(hostConfig.SecurityOpt),
      ];
      // Whether a network is there only the engine below knows: the laboratory's tests ask it.
      if (hostConfig.NetworkMode === undefined) expect(faults).toEqual([message]);
    },
  );

  it.each(windowsRefusals.filter(({ at }) => at === "update"))(
    "at an update: $message",
    ({ hostConfig, message }) => {
      expect(updateFaults(hostConfig, host, "id")[0]).toContain(message);
    },
  );

  it("takes what Windows has", () => {
    const hostConfig = {
      Binds: ["c:\\containers\\data:c:\\inetpub\\wwwroot\\app_data:rw", "logs:d:", "c:/containers:e:/x:ro"],
      Mounts: [{ Type: "npipe", Source: "\\\\.\\pipe\\docker_engine", Target: "\\\\.\\pipe\\docker_engine" }],
      PortBindings: {
        "80/tcp": [{ HostIp: "0.0.0.0", HostPort: "0" }],
        "53/udp": [{ HostIp: "", HostPort: "53" }],
      },
      SecurityOpt: ["credentialspec=file://web.json"],
      Memory: 1 << 28,
      MemorySwappiness: -1,
      NanoCpus: 1.5e9,
      Isolation: "hyperv",
      Links: ["other:other"],
    };
    expect(createFaults({ WorkingDir: "c:\\app", HostConfig: hostConfig }, host, look)).toEqual([]);
    expect(portFaults(hostConfig.PortBindings)).toEqual([]);
    expect(securityFaults(hostConfig.SecurityOpt)).toEqual([]);
    expect(updateFaults({ RestartPolicy: { Name: "always" } }, host, "id")).toEqual([]);
  });
});

describe("networks", () => {
  it.each([
    [{ EnableIPv6: true }, "windowsshim driver doesn't support v6 subnets"],
    [{ IPAM: { Config: [{ Subnet: "fd00::/64" }] } }, "windowsshim driver doesn't support v6 subnets"],
    [{ Internal: true }, "invalid option: Windows does not support internal networks"],
    [{ Attachable: true }, "invalid option: Windows does not support attachable networks"],
    [{ IPAM: { Config: [{ IPRange: "10.0.0.0/25" }] } }, "invalid option: Windows does not support ip-range"],
    [
      { IPAM: { Config: [{ AuxiliaryAddresses: { a: "10.0.0.9" } }] } },
      "invalid option: Windows does not support aux-address",
    ],
    [{ Driver: "bridge" }, 'plugin "bridge" not found'],
    [{ Name: "nat" }, "operation is not permitted on predefined nat network"],
  ])("%j", (body, message) => {
    expect(networkFaults({ Name: "farm", ...body })).toMatchObject([{ message }]);
  });

  it("takes a nat network with a subnet and a gateway", () => {
    const IPAM = { Driver: "default", Config: [{ Subnet: "10.9.0.0/24", Gateway: "10.9.0.1" }] };
    expect(networkFaults({ Name: "farm", Driver: "nat", IPAM })).toEqual([]);
  });
});

describe("which images start on which host", () => {
  it.each([
    ["2025", "process", ["2022", "2025"]],
    ["2025", "hyperv", ["2016", "2019", "2022", "2025"]],
    ["2022", "process", ["2022"]],
    ["2022", "hyperv", ["2016", "2019", "2022"]],
    ["2019", "process", ["2019"]],
    ["2016", "hyperv", ["2016"]],
  ] as const)("%s with %s isolation", (release, isolation, startable) => {
    const images = ["2016", "2019", "2022", "2025"] as const;
    expect(images.filter((image) => starts({ ...host, release }, image, isolation))).toEqual(startable);
  });
});
