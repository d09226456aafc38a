import { checkDuration } from "../container/duration";
import { mounts } from "../container/schema";
import {
  type Attribute,
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
import type { CheckFailure } from "../schema/check";
import { type PropertyMap, type Value, flag, isObject, isUnset, objects } from "../values";

const unsupported = (what: string): string =>
  `this stand-in for the docker plugin does not support ${what}, the official plugin does`;

const duration = (value?: string): Attribute =>
  string({ ...(value !== undefined && { default: value }), validate: checkDuration });

const order = matching(/^(stop-first|start-first)$/, "stop-first, start-first");

const ratio = (value: Value): string | undefined =>
  typeof value === "string" && value.trim() !== "" && Number(value) >= 0 && Number(value) <= 1
    ? undefined
    : `${JSON.stringify(value)} is no ratio; allowed: a text between "0.0" and "1.0"`;

/** A config or a secret as a file of the container. */
const file: Attributes = {
  fileGid: string({ default: "0" }),
  fileMode: integer({ default: 0o444, validate: atLeast(0) }),
  fileName: string({ required: true }),
  fileUid: string({ default: "0" }),
};

const containerSpec: Attributes = {
  args: list(),
  capAdds: list(),
  capDrops: list(),
  commands: list(),
  configs: set({ configId: string({ required: true }), configName: string(), ...file }),
  dir: string(),
  dnsConfig: block(
    { nameservers: list(undefined, { required: true }), options: list(), searches: list() },
    { computed: true },
  ),
  env: map(),
  groups: list(),
  healthcheck: block(
    {
      interval: duration("0s"),
      retries: integer({ default: 0, validate: atLeast(0) }),
      startPeriod: duration("0s"),
      tests: list(),
      timeout: duration("0s"),
    },
    { computed: true },
  ),
  hostname: string(),
  hosts: set({ host: string({ required: true }), ip: string({ required: true }) }, { replaces: true }),
  image: string({ required: true }),
  init: boolean({ computed: true }),
  isolation: string({
    default: "default",
    validate: matching(/^(default|process|hyperv)$/, "default, process, hyperv"),
  }),
  labels: set(labels),
  mounts: set(mounts),
  privileges: { type: "block", unsupported: unsupported("privileges of a service") },
  readOnly: boolean(),
  secrets: set({ secretId: string({ required: true }), secretName: string(), ...file }),
  stopGracePeriod: string({ computed: true, validate: checkDuration }),
  stopSignal: string(),
  sysctl: map(),
  user: string(),
};

const resources: Attributes = {
  limits: block({ memoryBytes: integer(), nanoCpus: integer() }),
  reservation: block({
    genericResources: { type: "block", unsupported: unsupported("generic resources") },
    memoryBytes: integer(),
    nanoCpus: integer(),
  }),
};

const placement: Attributes = {
  constraints: set(),
  maxReplicas: integer({ validate: atLeast(0) }),
  platforms: set({ architecture: string({ required: true }), os: string({ required: true }) }),
  prefs: set(),
};

const restartPolicy: Attributes = {
  condition: string({ validate: matching(/^(none|on-failure|any)$/, "none, on-failure, any") }),
  delay: duration(),
  maxAttempts: integer({ validate: atLeast(0) }),
  window: duration(),
};

const taskSpec: Attributes = {
  containerSpec: block(containerSpec, { required: true }),
  forceUpdate: integer({ computed: true, validate: atLeast(0) }),
  logDriver: block({ name: string({ required: true }), options: map() }),
  networksAdvanceds: set({ aliases: set(), driverOpts: set(), id: string(), name: string() }),
  placement: block(placement, { computed: true }),
  resources: block(resources, { computed: true }),
  restartPolicy: block(restartPolicy, { computed: true }),
  runtime: string({
    computed: true,
    validate: matching(/^container$/, 'container ("plugin" only with the official docker plugin)'),
  }),
};

const updateConfig = (failureActions: RegExp, names: string): Attributes => ({
  delay: duration("0s"),
  failureAction: string({ default: "pause", validate: matching(failureActions, names) }),
  maxFailureRatio: string({ default: "0.0", validate: ratio }),
  monitor: duration("5s"),
  order: string({ default: "stop-first", validate: order }),
  parallelism: integer({ default: 1, validate: atLeast(0) }),
});

const ports: Attributes = {
  name: string(),
  protocol: string({ default: "tcp", validate: matching(/^(tcp|udp|sctp)$/, "tcp, udp, sctp") }),
  publishMode: string({ default: "ingress", validate: matching(/^(host|ingress)$/, "host, ingress") }),
  publishedPort: integer({ computed: true }),
  targetPort: integer({ required: true }),
};

export const serviceAttributes: Attributes = {
  auth: block({ password: string(), serverAddress: string({ required: true }), username: string() }),
  convergeConfig: block({ delay: duration("7s"), timeout: duration("3m") }, { inPlace: true }),
  endpointSpec: block(
    {
      mode: string({ computed: true, validate: matching(/^(vip|dnsrr)$/, "vip, dnsrr") }),
      ports: list(ports),
    },
    { computed: true, inPlace: true },
  ),
  labels: set(labels, { computed: true, inPlace: true }),
  // The engine refuses to change between replicated and global; the official plugin tries it all the same.
  mode: block(
    {
      global: boolean({ default: false }),
      replicated: block({ replicas: integer({ default: 1, validate: atLeast(0) }) }, { computed: true }),
    },
    { computed: true, inPlace: true },
  ),
  name: string({ required: true }),
  rollbackConfig: block(updateConfig(/^(pause|continue)$/, "pause, continue"), { inPlace: true }),
  taskSpec: block(taskSpec, { required: true, inPlace: true }),
  updateConfig: block(updateConfig(/^(pause|continue|rollback)$/, "pause, continue, rollback"), {
    inPlace: true,
  }),
};

export const serviceSchema: ResourceSchema = {
  attributes: serviceAttributes,
  autonamed: true,
  meta: { done: '{"schema_version":"2"}' },
  conflicts: serviceConflicts,
};

function serviceConflicts(inputs: PropertyMap): CheckFailure[] {
  const mode = isObject(inputs.mode) ? inputs.mode : {};
  const task = isObject(inputs.taskSpec) ? inputs.taskSpec : {};
  const failures: CheckFailure[] = [];
  if (flag(mode.global) && mode.replicated !== undefined) {
    failures.push({ property: "mode.replicated", reason: "conflicts with mode.global" });
  }
  if (flag(mode.global) && inputs.convergeConfig !== undefined) {
    failures.push({ property: "convergeConfig", reason: "conflicts with mode.global" });
  }
  objects(task.networksAdvanceds).forEach(({ id, name }, index) => {
    if (isUnset(id) && isUnset(name)) {
      failures.push({
        property: `taskSpec.networksAdvanceds[${index}]`,
        reason: "network 'name' or 'id' must be specified",
      });
    }
  });
  return failures;
}
