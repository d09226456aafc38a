import type { AppArgs, NatServiceArgs, PortArgs, VolumeArgs, WindowsWebFarmArgs } from "../args";
import { planFarm, type AppPlan, type FarmPlan } from "../plan/farmPlan";
import { planService } from "../plan/servicePlan";
import { traitsOf } from "../platform/platform";
import { windowsWebFarmIssues } from "../schema/farmRules";
import { natServiceSchema } from "../schema/natService";
import { validate } from "../schema/validate";
import { windowsWebFarmSchema } from "../schema/windowsWebFarm";
import {
  conditionOf,
  escaped,
  healthcheck,
  imageOf,
  withReferences,
  withoutUndefined,
  type ComposeMap,
  type Export,
} from "./parts";
import { proxyService } from "./proxyOut";
import { yaml } from "./yaml";

const header = ` ${[
  "Written by pulumi-webfarm from a farm. docker compose runs it; WindowsWebFarm.fromCompose reads it back.",
  "x-webfarm holds what compose has no words for. Transforms are code, and not part of this file.",
].join("\n ")}`;

/**
 * Writes a farm as a docker-compose.yml. Pure: the same farm gives the same text. A farm of a swarm has the form that
 * it has on one host: docker compose knows no other.
 *
 * @param args the farm's arguments, without outputs
 * @param secrets paths of the texts that are secret, such as `apps.webapp.environment.PASSWORD`; a variable
 * stands in their place
 * @throws FarmError when the arguments are no farm's
 */
export function toCompose(
  name: string,
  args: WindowsWebFarmArgs,
  secrets: ReadonlySet<string> = new Set(),
): string {
  const traits = traitsOf(args.platform ?? "windows");
  const subject = `WindowsWebFarm "${name}"`;
  // The certificate goes the way of its key: a new one is then a matter of the environment alone.
  const hidden = new Set([...secrets, ...(args.proxy.tls === undefined ? [] : tlsTexts)]);
  const shown = withReferences(args, [], hidden) as WindowsWebFarmArgs;
  const { hostRelease = "2022", orchestrator = "host" } = args;
  const target = { traits, release: hostRelease, orchestrator };
  const checked = withPlausibleTls(shown, args, secrets);
  const valid = validate(windowsWebFarmSchema, checked, subject, windowsWebFarmIssues(checked, target));
  const plan = planFarm(name, shown, valid);
  const farm: Export = { plan, args: shown, valid, traits };
  const services: ComposeMap = {};
  // In the order of the arguments, in which the first app is the one that takes `/`.
  for (const app of Object.keys(shown.apps)) {
    const planned = plan.apps.find((candidate) => candidate.name === app);
    if (planned !== undefined) services[app] = appService(planned, farm);
  }
  services.proxy = proxyService(farm);
  if (plan.console) services.console = consoleService(farm);
  const { network } = shown;
  // Quotes what older parsers read as numbers, such as 80:80.
  const document = new (yaml().Document)(
    {
      "x-webfarm": withoutUndefined({
        platform: traits.name,
        orchestrator: args.orchestrator,
        hostRelease: args.hostRelease,
      }),
      services,
      ...namedVolumes(plan),
      ...(typeof network === "string" || traits.externalNetwork !== undefined
        ? { networks: { default: { external: true, name: network ?? traits.externalNetwork } } }
        : {}),
    },
    { compat: "yaml-1.1" },
  );
  document.commentBefore = header;
  return document.toString({ lineWidth: 0 });
}

const tlsTexts = ["proxy.tls.certificate", "proxy.tls.key"];

/** The farm as it can be checked: what of its TLS is secret has been checked by the farm itself. */
function withPlausibleTls(
  shown: WindowsWebFarmArgs,
  { proxy: { tls } }: WindowsWebFarmArgs,
  secrets: ReadonlySet<string>,
): WindowsWebFarmArgs {
  if (tls === undefined) return shown;
  const text = (name: "certificate" | "key", pem: string) =>
    secrets.has(`proxy.tls.${name}`) ? `-----BEGIN ${pem}-----` : tls[name];
  const plausible = { certificate: text("certificate", "CERTIFICATE"), key: text("key", "PRIVATE KEY") };
  return { ...shown, proxy: { ...shown.proxy, tls: { ...tls, ...plausible } } };
}

function appService(app: AppPlan, farm: Export): ComposeMap {
  const { service, name } = app;
  const { traits, valid } = farm;
  const checked = validate(natServiceSchema, service, name);
  const replica = planService(
    { ...checked, replicas: 1 },
    { resourceStem: name, owner: { stack: "", farm: "", service: name }, traits, release: valid.hostRelease },
  ).replicas[0];
  const { alias = name } = checked;
  return escaped(
    withoutUndefined({
      ...imageOf(service.image, farm),
      scale: checked.replicas,
      ports: nonEmpty((service.ports ?? []).map(portText)),
      volumes: nonEmpty((service.volumes ?? []).map(longVolume)),
      environment: nonEmptyMap(service.environment),
      entrypoint: service.entrypoint,
      command: service.command,
      working_dir: service.workingDir,
      user: service.user,
      networks: alias === name ? undefined : { default: { aliases: [alias] } },
      restart: checked.restart,
      mem_limit: checked.memoryMb === undefined ? undefined : `${checked.memoryMb}m`,
      cpus: checked.cpus,
      healthcheck: replica?.check === undefined ? { disable: true } : healthcheck(replica.check),
      stop_grace_period: `${checked.stopGraceSeconds}s`,
      labels: nonEmptyMap(service.labels),
      depends_on:
        app.dependsOn.length === 0
          ? undefined
          : Object.fromEntries(
              app.dependsOn.map((other) => [other, { condition: conditionOf(other, farm) }]),
            ),
      "x-webfarm": appExtension(app, farm.args.apps[name]),
    }),
  );
}

/** What compose has no words for. */
function appExtension(app: AppPlan, own: AppArgs | undefined): ComposeMap {
  return withoutUndefined({
    routes: app.routes,
    loadBalancing: own?.loadBalancing,
    keepAliveConnections: own?.keepAliveConnections,
    // Written even when it is empty: the healthcheck above is the platform's, not the farm's.
    healthCheck: app.service.healthCheck ?? {},
    alias: app.service.alias,
    rollout: app.service.rollout,
    constraints: app.service.constraints,
    generation: app.service.generation,
  });
}

function portText({ container, host, hostRange, protocol }: PortArgs): string {
  const outside = hostRange === undefined ? host : `${hostRange.from}-${hostRange.to}`;
  return `${outside === undefined ? "" : `${outside}:`}${container}${protocol === "udp" ? "/udp" : ""}`;
}

function longVolume({ hostPath, volume, containerPath, readOnly }: VolumeArgs): ComposeMap {
  return withoutUndefined({
    type: volume === undefined ? "bind" : "volume",
    source: volume ?? hostPath,
    target: containerPath,
    read_only: readOnly === true ? true : undefined,
  });
}

/** Volumes keep their names: compose would put a project's name before them. */
function namedVolumes(plan: FarmPlan): { volumes?: ComposeMap } {
  const names = plan.apps.flatMap(({ service }) => volumeNames(service));
  if (names.length === 0) return {};
  return { volumes: Object.fromEntries(names.map((name) => [name, { name }])) };
}

function volumeNames({ volumes = [] }: NatServiceArgs): string[] {
  return volumes.flatMap(({ volume }) => (typeof volume === "string" ? volume : []));
}

function consoleService(farm: Export): ComposeMap {
  const { traits, valid } = farm;
  return escaped({
    ...imageOf(valid.console.image ?? traits.consoleImage(valid.hostRelease), farm),
    entrypoint: [...traits.idleCommand],
    restart: "unless-stopped",
    stop_grace_period: "1s",
    "x-webfarm": { role: "console" },
  });
}

function nonEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}

function nonEmptyMap(map: Record<string, unknown> | undefined): ComposeMap | undefined {
  return map === undefined || Object.keys(map).length === 0 ? undefined : map;
}
