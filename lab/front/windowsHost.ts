import type { HostRelease } from "../../sdk/args";
import { needsHyperV, releaseOf, runs } from "../../sdk/platform/releases";
import type { JsonObject } from "./api";
import { labLabels } from "./identity";

export type Isolation = "process" | "hyperv";

/** The Windows Server that the front stands for. */
export interface WindowsHost {
  readonly release: HostRelease;
  /** What containers run in that ask for no isolation of their own. */
  readonly isolation: Isolation;
  /** Processors, for the checks of limits. */
  readonly cpus: number;
}

interface Build {
  build: number;
  revision: number;
  branch: string;
  version: string;
}

const builds: Record<HostRelease, Build> = {
  "2016": { build: 14393, revision: 7259, branch: "rs1_release.240731-1720", version: "1607" },
  "2019": { build: 17763, revision: 6293, branch: "rs5_release.180914-1434", version: "1809" },
  "2022": { build: 20348, revision: 2700, branch: "fe_release.210507-1500", version: "21H2" },
  "2025": { build: 26100, revision: 1742, branch: "ge_release.240331-1435", version: "24H2" },
};

/** `10.0.BUILD.REVISION`, as images carry it. */
export function osVersion(release: HostRelease): string {
  const { build, revision } = builds[release];
  return `10.0.${build}.${revision}`;
}

function kernelVersion(release: HostRelease): string {
  const { build, revision, branch } = builds[release];
  return `10.0 ${build} (${build}.${revision}.amd64fre.${branch})`;
}

/** Published ports loop back on the host's own localhost since build 17763 (docker/for-win#458). */
export function loopsBack(release: HostRelease): boolean {
  return builds[release].build >= builds["2019"].build;
}

/** The release an image stands for: its label's, else its name's, else the host's own. */
export function imageRelease(
  reference: string,
  labels: Readonly<Record<string, string>>,
  host: WindowsHost,
): HostRelease {
  const labelled = labels[labLabels.release];
  if (labelled !== undefined && labelled in builds) return labelled as HostRelease;
  return releaseOf(reference) ?? host.release;
}

/** Whether the host starts an image of a release in that isolation. */
export function starts(host: WindowsHost, image: HostRelease, isolation: Isolation): boolean {
  return isolation === "hyperv" ? runs(host.release, image) : !needsHyperV(host.release, image);
}

/** The isolation that a container runs in. */
export function isolationOf(asked: string | undefined, host: WindowsHost): Isolation {
  const named = asked?.toLowerCase();
  return named === "process" || named === "hyperv" ? named : host.isolation;
}

/** `GET /version` of the engine below, as the Windows host's engine tells it. */
export function windowsVersion(below: JsonObject, host: WindowsHost): JsonObject {
  const components = (below.Components as { Name: string; Details: JsonObject }[] | undefined) ?? [];
  const kernel = kernelVersion(host.release);
  return {
    ...below,
    Platform: { Name: "Docker Engine - Community" },
    // containerd, runc and docker-init are not part of a Windows engine.
    Components: components
      .filter(({ Name }) => Name === "Engine")
      .map((engine) => ({
        ...engine,
        Details: { ...engine.Details, Os: "windows", KernelVersion: kernel },
      })),
    Os: "windows",
    KernelVersion: kernel,
  };
}

const linuxOnly =
  /^(MemoryLimit|SwapLimit|KernelMemory\w*|Cpu\w+|CPU\w+|PidsLimit|OomKillDisable|Cgroup\w*|Init\w*|Runc\w*|Containerd\w*|Runtimes|DefaultRuntime)$/;

/** `GET /info` of the engine below, as the Windows host's engine tells it. */
export function windowsInfo(below: JsonObject, host: WindowsHost): JsonObject {
  const { build, revision, version } = builds[host.release];
  return {
    ...Object.fromEntries(Object.entries(below).filter(([name]) => !linuxOnly.test(name))),
    Driver: "windowsfilter",
    DriverStatus: [["Windows", ""]],
    Plugins: {
      Volume: ["local"],
      Network: [
        "ics",
        "internal",
        "l2bridge",
        "l2tunnel",
        "nat",
        "null",
        "overlay",
        "private",
        "transparent",
      ],
      Authorization: null,
      Log: ["awslogs", "etwlogs", "fluentd", "gelf", "json-file", "local", "logentries", "splunk", "syslog"],
    },
    KernelVersion: kernelVersion(host.release),
    OperatingSystem: `Microsoft Windows Server ${host.release} Datacenter Version ${version} (OS Build ${build}.${revision})`,
    OSVersion: `10.0.${build}`,
    OSType: "windows",
    DockerRootDir: "C:\\ProgramData\\docker",
    Isolation: host.isolation,
    SecurityOptions: null,
  };
}
