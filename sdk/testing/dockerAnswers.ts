import { relative } from "node:path";
import { drawnName, hexDigits } from "./drawn";
import { fileAnswer, serviceAnswer } from "./swarmAnswers";

/** Inputs or outputs of a resource. */
export type Properties = Readonly<Record<string, unknown>>;

/** What the docker plugin answers to a creation. */
export interface Answer {
  id: string;
  state: Record<string, unknown>;
}

/**
 * What the docker plugin answers to the creation of a resource, in its shape and with its defaults. What an
 * engine draws, such as ids and addresses, follows from the name and from `number`.
 *
 * @param number how many resources were created before, for addresses and ports that differ
 */
export function dockerAnswer(type: string, name: string, inputs: Properties, number: number): Answer {
  switch (type) {
    case "docker:index/container:Container":
      return containerAnswer(name, inputs, number);
    case "docker:index/network:Network":
      return networkAnswer(name, inputs);
    case "docker:index/volume:Volume":
      return volumeAnswer(name, inputs);
    case "docker:index/image:Image":
      return imageAnswer(name, inputs);
    case "docker:index/remoteImage:RemoteImage":
      return remoteImageAnswer(inputs);
    case "docker:index/service:Service":
      return serviceAnswer(name, inputs);
    case "docker:index/serviceConfig:ServiceConfig":
    case "docker:index/secret:Secret":
      return fileAnswer(name, inputs);
    default:
      // The engine's own Stash gives its input back.
      return {
        id: `${name}-id`,
        state: { ...inputs, ...("input" in inputs ? { output: inputs.input } : {}) },
      };
  }
}

/** What the look-up of a network answers; every network is there. */
export function networkFound(name: string): Record<string, unknown> {
  return {
    id: hexDigits(name, 64),
    name,
    driver: name === "nat" ? "nat" : "bridge",
    internal: false,
    scope: "local",
    containers: [],
    options: {},
    ipamConfigs: [range],
  };
}

const range = { auxAddress: {}, gateway: "172.18.0.1", ipRange: "", subnet: "172.18.0.0/16" };

/** Outputs of a container whose program says nothing of them. */
const containerDefaults = {
  attach: false,
  bridge: "",
  capabilities: null,
  cgroupParent: null,
  cgroupnsMode: null,
  containerLogs: null,
  containerReadRefreshTimeoutMilliseconds: 15_000,
  cpuPeriod: null,
  cpuQuota: null,
  cpuSet: "",
  cpuShares: 0,
  cpus: null,
  destroyGraceSeconds: null,
  deviceReadBps: [],
  deviceReadIops: [],
  deviceRequests: [],
  deviceWriteBps: [],
  deviceWriteIops: [],
  devices: [],
  dns: null,
  dnsOpts: null,
  dnsSearches: null,
  domainname: "",
  entrypoints: [],
  envs: [],
  exitCode: null,
  gpus: null,
  groupAdds: null,
  healthcheck: null,
  hosts: [],
  init: false,
  ipcMode: "private",
  labels: [],
  logDriver: "json-file",
  logOpts: null,
  logs: false,
  maxRetryCount: 0,
  memory: 0,
  memoryReservation: 0,
  mounts: [],
  mustRun: true,
  networkMode: "bridge",
  networksAdvanced: [],
  pidMode: null,
  platform: "linux",
  privileged: false,
  publishAllPorts: false,
  readOnly: false,
  removeVolumes: true,
  restart: "no",
  rm: false,
  runtime: "runc",
  securityOpts: [],
  shmSize: 64,
  start: true,
  stdinOpen: false,
  stopSignal: "",
  stopTimeout: 0,
  storageOpts: null,
  sysctls: null,
  tmpfs: null,
  tty: false,
  ulimits: [],
  uploads: [],
  user: "",
  usernsMode: "",
  volumes: [],
  wait: false,
  waitTimeout: 60,
  workingDir: "",
};

/** What the plugin adds to the entries of a list. */
const entryDefaults: Readonly<Record<string, Properties>> = {
  networksAdvanced: {
    aliases: [],
    driverOpts: [],
    gwPriority: null,
    ipv4Address: "",
    ipv6Address: "",
    linkLocalIps: [],
    macAddress: "",
  },
  uploads: { content: "", contentBase64: "", executable: false, permissions: "", source: "", sourceHash: "" },
  volumes: {
    containerPath: "",
    fromContainer: "",
    hostPath: "",
    readOnly: null,
    selinuxRelabel: "",
    volumeName: "",
  },
};

function containerAnswer(name: string, inputs: Properties, number: number): Answer {
  const id = hexDigits(name, 64);
  const state = {
    ...containerDefaults,
    name: drawnName(name),
    hostname: id.slice(0, 12),
    // What a Linux engine makes of a limit alone.
    memorySwap: 2 * (typeof inputs.memory === "number" ? inputs.memory : 0),
    ...inputs,
    ...Object.fromEntries(
      Object.entries(entryDefaults).map(([key, defaults]) => [
        key,
        listOf(inputs[key]).map((entry) => ({ ...defaults, ...entry })),
      ]),
    ),
    id,
    networkDatas: networksOf(inputs).map((network, index) => networkData(network, 256 * index + number)),
    ports: portsOf(inputs, number),
  };
  return { id, state };
}

function networksOf({ networksAdvanced, networkMode = "bridge" }: Properties): unknown[] {
  const advanced = listOf(networksAdvanced).map(({ name }) => name);
  return advanced.length > 0 ? advanced : [networkMode];
}

function networkData(networkName: unknown, number: number) {
  // The gateway has the first address.
  const host = number + 2;
  const [high, low] = [(host >> 8) & 0xff, host & 0xff];
  const hex = (part: number) => part.toString(16).padStart(2, "0");
  return {
    networkName,
    gateway: range.gateway,
    ipAddress: `172.18.${high}.${low}`,
    ipPrefixLength: 16,
    macAddress: `02:42:ac:12:${hex(high)}:${hex(low)}`,
    ipv6Gateway: "",
    globalIpv6Address: "",
    globalIpv6PrefixLength: 0,
  };
}

/** A port without a host port gets an ephemeral one. */
function portsOf({ ports }: Properties, number: number) {
  return listOf(ports).map((port, index) => ({
    ip: "0.0.0.0",
    protocol: "tcp",
    external: 49_152 + ((16 * number + index) % 16_384),
    ...port,
  }));
}

function networkAnswer(name: string, inputs: Properties): Answer {
  const id = hexDigits(name, 64);
  const state = {
    name: drawnName(name),
    attachable: false,
    driver: "bridge",
    ingress: false,
    internal: false,
    ipamConfigs: [range],
    ipamDriver: "default",
    ipamOptions: null,
    ipv6: false,
    labels: [],
    options: {},
    scope: inputs.driver === "overlay" ? "swarm" : "local",
    ...inputs,
    id,
  };
  return { id, state };
}

function volumeAnswer(name: string, inputs: Properties): Answer {
  const id = typeof inputs.name === "string" ? inputs.name : drawnName(name);
  const mountpoint = `/var/lib/docker/volumes/${id}/_data`;
  const state = { cluster: null, driver: "local", driverOpts: null, labels: [], mountpoint, ...inputs };
  return { id, state: { ...state, id, name: id } };
}

function imageAnswer(name: string, { build, imageName, registry }: Properties): Answer {
  const { context = ".", dockerfile, platform = "linux/amd64" } = (build ?? {}) as ImageBuild;
  const { server = "" } = (registry ?? {}) as Properties;
  const repoDigest = `sha256:${hexDigits(name, 64)}`;
  const state = {
    baseImageName: imageName,
    imageName,
    context,
    // Given from the program's folder, answered from the context's.
    dockerfile: dockerfile === undefined ? "Dockerfile" : relative(context, dockerfile),
    platform,
    registryServer: server,
  };
  return { id: String(imageName), state: { ...state, repoDigest } };
}

interface ImageBuild {
  context?: string;
  dockerfile?: string;
  platform?: string;
}

function remoteImageAnswer(inputs: Properties): Answer {
  const imageId = `sha256:${hexDigits(String(inputs.name), 64)}`;
  const id = `${imageId}${String(inputs.name)}`;
  const unset = { build: null, forceRemove: null, keepLocally: null, platform: null };
  return {
    id,
    state: { ...unset, pullTriggers: null, triggers: null, repoDigest: "", ...inputs, id, imageId },
  };
}

/** A list of objects; one that is secret counts as empty. */
function listOf(value: unknown): Properties[] {
  return Array.isArray(value) ? (value as Properties[]) : [];
}
