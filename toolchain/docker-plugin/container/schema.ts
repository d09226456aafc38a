import {
  type Attributes,
  type ResourceSchema,
  atLeast,
  block,
  boolean,
  integer,
  labels,
  list,
  map,
  matching,
  set,
  string,
} from "../schema/attribute";
import type { Value } from "../values";
import { checkDuration } from "./duration";

const duration = { default: "0s", validate: checkDuration };

const deviceRate: Attributes = { path: string({ required: true }), rate: integer({ required: true }) };

const hostPath = {
  validate: (value: Value) =>
    typeof value === "string" && /^(\/|[A-Za-z]:[\\/])/.test(value)
      ? undefined
      : `${JSON.stringify(value)} must be an absolute path like /srv/data or c:\\data`,
};

export const mounts: Attributes = {
  target: string({ required: true }),
  source: string(),
  type: string({ required: true, validate: matching(/^(bind|volume|tmpfs)$/, "bind, volume, tmpfs") }),
  readOnly: boolean(),
  bindOptions: block({ propagation: string() }),
  volumeOptions: block({
    noCopy: boolean(),
    labels: set(labels),
    driverName: string(),
    driverOptions: map(),
    subpath: string(),
  }),
  tmpfsOptions: block({ sizeBytes: integer(), mode: integer() }),
};

const ports: Attributes = {
  internal: integer({ required: true }),
  external: integer({ computed: true }),
  ip: string({ default: "0.0.0.0" }),
  protocol: string({ default: "tcp" }),
};

const networkDatas: Attributes = {
  networkName: string(),
  ipAddress: string(),
  ipPrefixLength: integer(),
  gateway: string(),
  globalIpv6Address: string(),
  globalIpv6PrefixLength: integer(),
  ipv6Gateway: string(),
  macAddress: string(),
};

const attributes: Attributes = {
  attach: boolean({ default: false, inPlace: true }),
  bridge: string({ output: true }),
  capabilities: block({ adds: set(), drops: set() }),
  cgroupParent: string(),
  cgroupnsMode: string(),
  command: list(undefined, { computed: true }),
  containerLogs: string({ output: true }),
  containerReadRefreshTimeoutMilliseconds: integer({ default: 15000, inPlace: true }),
  cpuPeriod: integer({ inPlace: true }),
  cpuQuota: integer({ inPlace: true }),
  cpuSet: string({ inPlace: true, validate: matching(/^\d+([,-]\d+)*$/, "like 0-1 or 0,2") }),
  cpuShares: integer({ inPlace: true, validate: atLeast(0) }),
  cpus: string({ validate: matching(/^\d*\.?\d+$/, "a number of processors like 1.5") }),
  destroyGraceSeconds: integer({ inPlace: true }),
  deviceCgroupRules: set(undefined, { hiddenUnset: true }),
  deviceReadBps: set(deviceRate, { inPlace: true }),
  deviceReadIops: set(deviceRate, { inPlace: true }),
  deviceRequests: list({
    capabilities: list(),
    count: integer(),
    deviceIds: list(),
    driver: string(),
    options: map(),
  }),
  deviceWriteBps: set(deviceRate, { inPlace: true }),
  deviceWriteIops: set(deviceRate, { inPlace: true }),
  devices: set({ hostPath: string({ required: true }), containerPath: string(), permissions: string() }),
  dns: set(),
  dnsOpts: set(),
  dnsSearches: set(),
  domainname: string(),
  entrypoints: list(undefined, { computed: true }),
  envs: set(undefined, { computed: true }),
  exitCode: integer({ output: true }),
  gpus: string({ validate: matching(/^(all|\d+|device=.+)$/, "all, a number, or device=ID,ID") }),
  groupAdds: set(),
  healthcheck: block(
    {
      tests: list(undefined, { required: true }),
      interval: string(duration),
      timeout: string(duration),
      startPeriod: string(duration),
      startInterval: string(duration),
      retries: integer({ default: 0, validate: atLeast(0) }),
    },
    { computed: true, inPlace: true },
  ),
  hostname: string({ computed: true }),
  hosts: set({ host: string({ required: true }), ip: string({ required: true }) }),
  image: string({ required: true }),
  init: boolean({ computed: true, inPlace: true }),
  ipcMode: string({ computed: true }),
  labels: set(labels, { computed: true }),
  logDriver: string({ computed: true }),
  logOpts: map(),
  logs: boolean({ default: false, inPlace: true }),
  maxRetryCount: integer({ inPlace: true }),
  memory: integer({ inPlace: true, validate: atLeast(0) }),
  memoryReservation: integer({ default: 0, inPlace: true, validate: atLeast(0) }),
  memorySwap: integer({ inPlace: true, validate: atLeast(-1) }),
  mounts: set(mounts),
  mustRun: boolean({ default: true, inPlace: true }),
  name: string({ required: true }),
  networkDatas: list(networkDatas, { output: true }),
  networkMode: string({ default: "bridge" }),
  networksAdvanced: set({
    name: string({ required: true }),
    aliases: set(),
    driverOpts: set(),
    gwPriority: integer(),
    ipv4Address: string(),
    ipv6Address: string(),
    linkLocalIps: set(),
    macAddress: string(),
  }),
  pidMode: string(),
  platform: string({ computed: true }),
  ports: list(ports),
  privileged: boolean(),
  publishAllPorts: boolean(),
  readOnly: boolean({ default: false }),
  removeVolumes: boolean({ default: true, inPlace: true }),
  restart: string({
    default: "no",
    inPlace: true,
    validate: matching(/^(no|on-failure|always|unless-stopped)$/, "no, on-failure, always, unless-stopped"),
  }),
  rm: boolean({ default: false, inPlace: true }),
  runtime: string({ computed: true }),
  securityOpts: set(undefined, { computed: true }),
  shmSize: integer({ computed: true, validate: atLeast(0) }),
  start: boolean({ default: true, inPlace: true }),
  stdinOpen: boolean({ default: false }),
  stopSignal: string({ computed: true }),
  stopTimeout: integer({ computed: true }),
  storageOpts: map(),
  sysctls: map(),
  tmpfs: map({ inPlace: true }),
  tty: boolean({ default: false }),
  ulimits: set({
    name: string({ required: true }),
    soft: integer({ required: true }),
    hard: integer({ required: true }),
  }),
  uploads: set({
    file: string({ required: true }),
    content: string(),
    contentBase64: string(),
    source: string(),
    sourceHash: string(),
    executable: boolean({ default: false }),
    permissions: string({ validate: matching(/^0[0-7]{3}$/, "an octal mode like 0644") }),
    owner: string({ hiddenUnset: true }),
    group: string({ hiddenUnset: true }),
  }),
  user: string({ emptyKeepsState: true }),
  usernsMode: string(),
  volumes: set({
    containerPath: string(),
    hostPath: string(hostPath),
    volumeName: string(),
    fromContainer: string(),
    readOnly: boolean(),
    selinuxRelabel: string({ validate: matching(/^[zZ]$/, "z, Z") }),
  }),
  wait: boolean({ default: false, inPlace: true }),
  waitTimeout: integer({ default: 60, inPlace: true }),
  workingDir: string({ emptyKeepsState: true }),
};

const TIMEOUTS =
  '"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":{"create":1200000000000,"delete":1200000000000,"update":1200000000000}';

export const containerSchema: ResourceSchema = {
  attributes,
  autonamed: true,
  alwaysDeleteBeforeReplace: true,
  meta: { planned: `{"_new_extra_shim":{},${TIMEOUTS}}`, done: `{${TIMEOUTS},"schema_version":"2"}` },
};
