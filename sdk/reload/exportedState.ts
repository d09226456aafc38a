/** The parts of an exported state that are of interest here: what `pulumi stack export` prints. */
export interface ExportedState {
  deployment?: {
    resources?: { type: string; urn: string; id?: string }[];
    pending_operations?: unknown[];
  } | null;
}

const engineTypes = [
  "docker:index/container:Container",
  "docker:index/network:Network",
  "docker:index/service:Service",
  "docker:index/serviceConfig:ServiceConfig",
  "docker:index/secret:Secret",
];

/** Ids of what the state knows on the engine and its swarm: containers, networks, services, configs, secrets. Pure. */
export function engineIds({ deployment }: ExportedState): Set<string> {
  const ours = (deployment?.resources ?? []).filter(({ type }) => engineTypes.includes(type));
  return new Set(ours.flatMap(({ id }) => id ?? []));
}
