import type { Answer, Properties } from "./dockerAnswers";
import { drawnName, hexDigits } from "./drawn";

/** What the docker plugin answers to the creation of a service of a swarm, in its shape and with its defaults. */
export function serviceAnswer(name: string, inputs: Properties): Answer {
  const id = hexDigits(name, 25);
  const { endpointSpec, mode, rollbackConfig, taskSpec, updateConfig, convergeConfig } = inputs;
  const task = record(taskSpec);
  const state = {
    auth: null,
    convergeConfig: convergeConfig ?? null,
    labels: [],
    name: drawnName(name),
    ...inputs,
    id,
    endpointSpec: { mode: "vip", ports: [], ...record(endpointSpec) },
    mode: { global: false, ...record(mode) },
    rollbackConfig: rollbackConfig ?? null,
    taskSpec: {
      forceUpdate: 0,
      logDriver: null,
      networksAdvanceds: [],
      runtime: "container",
      ...task,
      ...(Array.isArray(task.networksAdvanceds)
        ? {
            networksAdvanceds: task.networksAdvanceds.map((network) => ({
              ...noNetwork,
              ...record(network),
            })),
          }
        : {}),
      containerSpec: { ...containerDefaults, ...record(task.containerSpec) },
      placement: { ...noPlacement, ...record(task.placement) },
      resources: { limits: null, reservation: null, ...record(task.resources) },
      restartPolicy: { delay: "0s", maxAttempts: 0, window: "0s", ...record(task.restartPolicy) },
    },
    updateConfig: updateConfig ?? null,
  };
  return { id, state };
}

const noNetwork = { aliases: [], driverOpts: [], id: "", name: "" };

const noPlacement = { constraints: [], maxReplicas: 0, platforms: [], prefs: [] };

/** Outputs of a task's container whose program says nothing of them. */
const containerDefaults = {
  args: null,
  capAdds: null,
  capDrops: null,
  commands: null,
  configs: [],
  dir: "",
  dnsConfig: { nameservers: null, options: null, searches: null },
  env: null,
  groups: null,
  hostname: "",
  hosts: [],
  init: false,
  isolation: "default",
  labels: [],
  mounts: [],
  privileges: null,
  readOnly: false,
  secrets: [],
  stopGracePeriod: "0s",
  stopSignal: "",
  sysctl: null,
  user: "",
};

/** A config or a secret of a swarm. */
export function fileAnswer(name: string, inputs: Properties): Answer {
  const id = hexDigits(name, 25);
  return { id, state: { dataRaw: null, labels: [], name: drawnName(name), ...inputs, id } };
}

function record(value: unknown): Properties {
  return typeof value === "object" && value !== null ? (value as Properties) : {};
}
