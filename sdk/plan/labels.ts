/** Who a container belongs to. */
export interface Owner {
  /** `project/stack` of the Pulumi program. */
  stack: string;
  /** The farm's name; for a service that stands alone, the service's. */
  farm: string;
  service: string;
}

/** Labels by which our containers are found again, also without any Pulumi state. */
export const labelNames = {
  stack: "webfarm.stack",
  farm: "webfarm.farm",
  service: "webfarm.service",
  replica: "webfarm.replica",
  generation: "webfarm.generation",
} as const;

/** Drawn once for each deployment behind a proxy: the same names may be deployed twice on one engine. */
export const deploymentLabel = "webfarm.deployment";

/** On a swarm's proxies: the digest of the nginx.conf that they have. */
export const configurationLabel = "webfarm.configuration";

/** One label as the docker plugin wants it. */
export interface Label {
  label: string;
  value: string;
}

/** The labels of what a whole farm shares, such as its network. */
export function farmLabels({ stack, farm }: Omit<Owner, "service">): Label[] {
  return [
    { label: labelNames.farm, value: farm },
    { label: labelNames.stack, value: stack },
  ];
}

/** The labels of one container, ours and the user's, sorted: the order must not be a difference. */
export function containerLabels(
  owner: Owner,
  replica: string,
  generation: string,
  own: Record<string, string> = {},
): Label[] {
  const all: Record<string, string> = {
    ...own,
    [labelNames.stack]: owner.stack,
    [labelNames.farm]: owner.farm,
    [labelNames.service]: owner.service,
    [labelNames.replica]: replica,
    [labelNames.generation]: generation,
  };
  return Object.keys(all)
    .sort()
    .map((label) => ({ label, value: all[label] ?? "" }));
}

/** What an engine labels the containers of a swarm's tasks with: the swarm looks after those, nobody else. */
export const swarmTaskLabel = "com.docker.swarm.task.id";
