import type { Platform } from "../args";
import type { Findings } from "./findings";
import type { Node } from "./node";
import type { Place } from "./place";

interface Refusal {
  /** What Windows engines say or do about it; undefined where it is this library that lacks it. */
  windows?: string;
  /** The way out. */
  hint: string;
}

const noWindows = (option: string) => `the engine says "invalid option: Windows does not support ${option}"`;
const transform = "leave it out, or set it by the app's transform in a program (toProgram writes one)";
const linuxOnly = "leave it out: it belongs to Linux' kernel";

/** Keys of a service that are refused, and the way out of each. */
export const refusedServiceKeys: Readonly<Record<string, Refusal>> = {
  annotations: { hint: "leave it out, or use labels" },
  attach: { hint: "leave it out: logs are read by docker logs" },
  blkio_config: { windows: noWindows("BlkioWeight"), hint: linuxOnly },
  cap_add: { windows: "Windows has no capabilities", hint: linuxOnly },
  cap_drop: { windows: "Windows has no capabilities", hint: linuxOnly },
  cgroup: { windows: "Windows has no control groups", hint: linuxOnly },
  cgroup_parent: { windows: noWindows("CgroupParent"), hint: linuxOnly },
  configs: {
    windows: 'a config is the mount of a file; the engine says "source path must be a directory"',
    hint: "put the file into the image, or mount the directory that holds it",
  },
  container_name: {
    hint: "leave it out: a fixed name cannot be held by the old and the new generation; other containers find the service by its name",
  },
  cpu_count: { hint: "use cpus" },
  cpu_percent: { hint: "use cpus" },
  cpu_period: { windows: noWindows("CPUPeriod"), hint: "use cpus" },
  cpu_quota: { windows: noWindows("CPUQuota"), hint: "use cpus" },
  cpu_rt_period: { windows: "CPU real-time period is not supported for Windows containers", hint: linuxOnly },
  cpu_rt_runtime: {
    windows: "CPU real-time runtime is not supported for Windows containers",
    hint: linuxOnly,
  },
  cpu_shares: { hint: "use cpus" },
  cpuset: { windows: noWindows("CpusetCpus"), hint: "use cpus" },
  credential_spec: { hint: transform },
  develop: { hint: "leave it out: a farm does not watch sources" },
  device_cgroup_rules: { windows: "Windows has no control groups", hint: linuxOnly },
  devices: { hint: transform },
  dns: { hint: "leave it out: the engine's own DNS is what finds the replicas" },
  dns_opt: { windows: "Windows engines do not support --dns-opt", hint: "leave it out, or give full names" },
  dns_search: {
    windows: "Windows engines do not support --dns-search",
    hint: "leave it out, and give full names",
  },
  domainname: { hint: transform },
  external_links: {
    windows: "Windows engines ignore links without a word",
    hint: "use the name of the service on a shared network",
  },
  extra_hosts: {
    windows: "Windows engines do not support --add-host",
    hint: "give the address in the environment, or add the name to the site's DNS",
  },
  gpus: { hint: transform },
  group_add: { windows: "Windows containers have no groups to add", hint: linuxOnly },
  init: { windows: "Windows containers need no init", hint: transform },
  ipc: { windows: "Windows containers share no IPC namespace", hint: linuxOnly },
  isolation: { hint: "leave it out: the daemon's exec-opts choose the isolation of all containers" },
  links: {
    windows: "Windows engines ignore links without a word",
    hint: "leave it out: services find each other by name; use depends_on for the order",
  },
  logging: { hint: transform },
  mac_address: { hint: "leave it out: replicas cannot share an address" },
  mem_reservation: { windows: noWindows("MemoryReservation"), hint: "use mem_limit" },
  mem_swappiness: { windows: noWindows("MemorySwappiness"), hint: linuxOnly },
  memswap_limit: { windows: noWindows("MemorySwap"), hint: "use mem_limit" },
  models: { hint: "leave it out" },
  network_mode: {
    windows: "Windows engines have neither host nor bridge mode",
    hint: "use networks: a farm has one network, nat on Windows",
  },
  oom_kill_disable: { windows: noWindows("OomKillDisable"), hint: linuxOnly },
  oom_score_adj: { windows: "Windows has no OOM killer", hint: linuxOnly },
  pid: { windows: "Windows containers share no PID namespace", hint: linuxOnly },
  pids_limit: { windows: noWindows("PidsLimit"), hint: linuxOnly },
  post_start: { hint: "leave it out, or make it part of the image's start command" },
  pre_stop: { hint: "leave it out, or let the app stop on its signal" },
  privileged: {
    windows: "privileged mode is not supported for Windows containers",
    hint: "leave it out",
  },
  provider: { hint: "leave it out" },
  pull_policy: {
    hint: "leave it out: the engine pulls what it has not; pass a digest for content that changes",
  },
  read_only: {
    windows: "read-only mode is not supported for Windows containers",
    hint: "leave it out, or mount volumes read-only",
  },
  runtime: { hint: "leave it out: the daemon chooses its runtime" },
  secrets: {
    windows: 'a secret is the mount of a file; the engine says "source path must be a directory"',
    hint: "pass it by environment: pulumi config set --secret keeps it encrypted",
  },
  security_opt: {
    windows: 'the engine says "security option not supported" of all but credentialspec',
    hint: transform,
  },
  shm_size: { windows: "Windows has no /dev/shm", hint: transform },
  stdin_open: { hint: "leave it out: docker exec -it opens its own input" },
  stop_signal: { windows: "every signal but SIGKILL means shutdown on Windows", hint: transform },
  storage_opt: { hint: transform },
  sysctls: { windows: "Windows has no sysctls", hint: linuxOnly },
  tmpfs: { windows: "Windows engines have no tmpfs", hint: "use a volume" },
  tty: { hint: "leave it out: docker exec -it opens its own terminal" },
  ulimits: { windows: noWindows("Ulimits"), hint: linuxOnly },
  use_api_socket: { hint: "leave it out" },
  userns_mode: { windows: "Windows has no user namespaces", hint: linuxOnly },
  uts: { windows: "Windows has no UTS namespaces", hint: linuxOnly },
  volume_driver: { hint: "leave it out: volumes are the engine's own" },
  volumes_from: { hint: "name the same volumes in both services" },
};

/** Keys of a network that are refused. */
export const refusedNetworkKeys: Readonly<Record<string, Refusal>> = {
  attachable: { hint: "leave it out: it belongs to swarms" },
  driver_opts: { hint: "make the network by docker network create, and name it as external" },
  enable_ipv4: { hint: "leave it out" },
  enable_ipv6: { windows: "Windows engines have no IPv6 on nat", hint: "leave it out" },
  internal: { windows: "Windows engines do not support --internal", hint: "leave it out" },
  ip_range: { windows: "Windows engines do not support --ip-range", hint: "leave it out" },
  aux_addresses: { windows: "Windows engines do not support --aux-address", hint: "leave it out" },
  ipam: { hint: "make the network by docker network create, and name it as external" },
  labels: { hint: "leave it out: a farm labels its network itself" },
};

/** Keys of a volume that are refused. */
export const refusedVolumeKeys: Readonly<Record<string, Refusal>> = {
  driver_opts: { hint: "make the volume by docker volume create, and name it as external" },
  labels: { hint: "make the volume by docker volume create, and name it as external" },
};

/** Top-level keys that are refused. */
export const refusedTopKeys: Readonly<Record<string, Refusal>> = {
  configs: refusedServiceKeys.configs ?? { hint: transform },
  secrets: refusedServiceKeys.secrets ?? { hint: transform },
  include: { hint: 'give the included files to fromCompose as well: file: ["a.yml", "b.yml"]' },
  models: { hint: "leave it out" },
};

/** A value that asks for nothing: `privileged: false`, `links: []`. */
export function asksForNothing(node: Node): boolean {
  if (node.kind === "list") return node.items.length === 0;
  if (node.kind === "map") return node.entries.size === 0;
  return node.value === null || node.value === false || node.value === "";
}

/** Refuses a key with the engine's words, where the engine is the reason, and the way out. */
export function refuseKey(
  key: string,
  { windows, hint }: Refusal,
  at: Place,
  platform: Platform,
  findings: Findings,
) {
  if (platform === "windows" && windows !== undefined) {
    findings.refuse(at, "refusedOnWindows", `${key}: ${windows}`, hint);
  } else {
    findings.refuse(at, "unsupported", `${key} has no counterpart in a farm`, hint);
  }
}
