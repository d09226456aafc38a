import * as pulumi from "@pulumi/pulumi";
import type { ContainerTransform, WindowsWebFarmArgs } from "../args";
import { readComposeFiles, type FromComposeArgs } from "../compose/fromCompose";
import { toCompose } from "../compose/toCompose";
import { planFarm, type AppPlan, type FarmPlan } from "../plan/farmPlan";
import { topologyOf } from "../plan/topology";
import { windowsWebFarmIssues } from "../schema/farmRules";
import { windowsWebFarmSchema, type ValidWindowsWebFarmArgs } from "../schema/windowsWebFarm";
import { formatPath, validate } from "../schema/validate";
import { nameAdvice } from "../preflight/names";
import { engineOf } from "../reload/engine";
import type { WantedService } from "../swarm/clusterFinding";
import { wantedProxy, wantedService } from "../swarm/wanted";
import { builtImages } from "./builtImages";
import { plainFarm } from "./composeOutputs";
import { claim, type Claim } from "./claims";
import { consoles } from "./console";
import { announceApp } from "./farmPreview";
import { identityOf, labelledBy } from "./identity";
import { NatService } from "./natService";
import { networkOf, stackLabel, targetOf } from "./placement";
import { claimProxyPorts, warnOfRollout } from "./proxiedHost";
import { Proxy } from "./proxy";

/**
 * A web farm on one Docker host, or on a Docker Swarm: apps with any number of replicas, the nginx proxy before them, and a
 * console container to look around in their network.
 *
 * @throws FarmError with every fault of the arguments at once, before anything is created
 * @example
 * ```ts
 * const farm = new WindowsWebFarm("shop", {
 *   hostRelease: "2022",
 *   apps: {
 *     webapp: { image: "andrew0928/mvcdemo:1.0", replicas: 2, ports: [{ container: 80 }] },
 *     api: { image: "example/api:1.0", ports: [{ container: 5000 }], routes: [{ path: "/api" }] },
 *   },
 *   proxy: { build: {}, publish: 80 },
 *   console: {},
 * });
 * export const url = farm.url;
 * export const replicas = farm.apps.webapp.replicas;
 * ```
 */
export class WindowsWebFarm extends pulumi.ComponentResource {
  /** Where other machines reach the farm. */
  readonly url: pulumi.Output<string>;
  /** Where the Docker host itself reaches the farm. */
  readonly localUrl: pulumi.Output<string>;
  /** The apps by name. */
  readonly apps: Record<string, NatService>;
  /** The proxy before the apps. */
  readonly proxy: Proxy;
  /**
   * The command that opens a shell in the console; undefined without a console. On a swarm it makes the container in
   * the farm's network, on the node where it is run, and removes it at its end.
   */
  readonly consoleCommand: pulumi.Output<string | undefined>;
  /** The farm as a Mermaid flowchart. */
  readonly topology: pulumi.Output<string>;
  private readonly composeText: () => pulumi.Output<string>;

  /**
   * @param name the resource's name; the containers' names begin with it
   * @param args apps, proxy and console
   * @param opts as for every component of Pulumi: `provider` chooses the engine
   * @throws FarmError with every fault of the arguments at once, before anything is created
   */
  constructor(name: string, args: WindowsWebFarmArgs, opts?: pulumi.ComponentResourceOptions) {
    // Before anything is registered, so that a fault leaves no trace in the state.
    const subject = `WindowsWebFarm "${name}"`;
    const target = targetOf(args, subject);
    const valid = validate(windowsWebFarmSchema, args, subject, windowsWebFarmIssues(args, target, name));
    const { traits, release, orchestrator } = target;
    const paths = traits.proxy;
    super("webfarm:index:WindowsWebFarm", name, {}, opts);

    claimProxyPorts(this, subject, valid.proxy);
    const plan = planFarm(name, args, valid);
    for (const { name: app, routes, service } of plan.apps) {
      if (routes.length > 0) warnOfRollout(this, app, service, orchestrator);
    }
    const identity = identityOf(name, this);
    const names = namesOf(plan);
    const shared = valid.network ?? (orchestrator === "host" ? traits.externalNetwork : undefined);
    if (typeof shared === "string") claim(this, subject, namesOnNetwork(shared, name, names));
    const wanted = wantedOf(name, valid);
    const network = networkOf({ name, farm: name, target, given: valid.network, names, wanted }, this);
    const imageOf = builtImages(name, args.builds ?? {}, traits.name, this);
    // The farm's word comes after that of its parts.
    const transform = (own?: ContainerTransform) => labelledBy(identity, inTurn(own, args.transform));
    const placement = { farm: name, platform: traits.name, orchestrator, hostRelease: release, network };
    this.apps = appServices(plan, (app, dependsOn) => {
      const { service } = app;
      const image = imageOf(service.image);
      return new NatService(
        `${name}-${app.name}`,
        { ...service, ...placement, image, transform: transform(service.transform) },
        { parent: this, dependsOn },
      );
    });
    // The services of a swarm tell of themselves.
    for (const app of orchestrator === "host" ? plan.apps : []) {
      announceApp({
        engine: engineOf(this),
        app,
        service: serviceOf(this.apps, app),
        owner: { stack: stackLabel(), farm: name, service: app.name },
        traits,
        release,
      });
    }
    const proxyArgs = valid.proxy;
    this.proxy = new Proxy(
      `${name}-proxy`,
      {
        args: {
          ...proxyArgs,
          ...(proxyArgs.image === undefined ? {} : { image: imageOf(proxyArgs.image) }),
          ...(args.transform === undefined ? {} : { transform: inTurn(proxyArgs.transform, args.transform) }),
        },
        owner: { stack: stackLabel(), farm: name, service: "proxy" },
        traits,
        paths,
        release,
        orchestrator,
        deployment: identity,
        stopSeconds: Math.max(proxyArgs.reload.drainSeconds, 10),
        network,
        apps: plan.apps
          .filter(({ routes }) => routes.length > 0)
          .map((app) => ({ ...app, service: serviceOf(this.apps, app) })),
      },
      { parent: this },
    );
    const consoleArgs = valid.console;
    const consoleImage = consoleArgs.image ?? traits.consoleImage(release);
    this.consoleCommand =
      !consoleArgs.enabled || consoleImage === undefined
        ? pulumi.output(undefined)
        : consoles[orchestrator](`${name}-console`, {
            image: imageOf(consoleImage),
            network,
            owner: { stack: stackLabel(), farm: name, service: "console" },
            traits,
            transform: transform(consoleArgs.transform),
            parent: this,
          });
    this.url = this.proxy.url;
    this.localUrl = this.proxy.localUrl;
    this.topology = network.apply((inside) => topologyOf(plan, inside));
    this.composeText = () =>
      plainFarm(args).apply(({ args: plain, secrets }) =>
        // The configuration may have chosen the swarm; on one host the file says nothing of it.
        toCompose(name, orchestrator === "swarm" ? { ...plain, orchestrator } : plain, secrets),
      );
    this.registerOutputs({
      url: this.url,
      localUrl: this.localUrl,
      consoleCommand: this.consoleCommand,
      topology: this.topology,
    });
  }

  /**
   * Builds a farm from docker-compose files.
   *
   * @throws ComposeError with every fault of the files at once, each with file, line, column and the way out
   * @example
   * ```ts
   * const farm = WindowsWebFarm.fromCompose("shop", { file: "docker-compose.yml", replicas: { webapp: 5 } });
   * ```
   */
  static fromCompose(
    name: string,
    args: FromComposeArgs,
    opts?: pulumi.ComponentResourceOptions,
  ): WindowsWebFarm {
    const { transform, ...options } = args;
    const { args: farm, notes } = readComposeFiles(options);
    for (const { path, message } of notes) void pulumi.log.info(`${path}: ${message}`);
    return new WindowsWebFarm(name, { ...farm, ...(transform === undefined ? {} : { transform }) }, opts);
  }

  /**
   * The farm as a docker-compose.yml that docker compose runs. Secrets are not written: the file names a
   * variable for each of them, to be set where it is used. A farm of a swarm has the form that it has on one host.
   */
  toCompose(): pulumi.Output<string> {
    return this.composeText();
  }
}

/** Makes each app's service behind those it depends on, and gives them back in the order of the arguments. */
function appServices(
  plan: FarmPlan,
  make: (app: AppPlan, dependsOn: NatService[]) => NatService,
): Record<string, NatService> {
  const services: Record<string, NatService> = {};
  for (const app of plan.apps) {
    services[app.name] = make(
      app,
      app.dependsOn.flatMap((other) => services[other] ?? []),
    );
  }
  return services;
}

/** The apps' names on the network, by the argument that gives each. */
function namesOf({ apps }: FarmPlan): Record<string, string> {
  return Object.fromEntries(
    apps.map(({ name, service: { alias } }) => [
      formatPath(alias === undefined ? ["apps", name] : ["apps", name, "alias"]),
      alias ?? name,
    ]),
  );
}

/** What the farm asks of a swarm. */
function wantedOf(farm: string, { apps, proxy }: ValidWindowsWebFarmArgs): WantedService[] {
  const owner = (service: string) => ({ stack: stackLabel(), farm, service });
  return [
    ...Object.entries(apps).map(([app, args]) => wantedService(args, owner(app), ["apps", app])),
    wantedProxy(proxy, owner("proxy")),
  ];
}

function namesOnNetwork(network: string, farm: string, names: Readonly<Record<string, string>>): Claim[] {
  return Object.entries(names).map(([path, alias]) => ({
    key: `name ${alias} on ${network}`,
    fault: (holder) => ({
      path,
      code: "conflict",
      message: `the name ${alias} on the network ${network} is held by ${holder} of this program`,
      hint: nameAdvice(farm, alias),
    }),
  }));
}

function serviceOf(services: Record<string, NatService>, app: AppPlan): NatService {
  const service = services[app.name];
  if (service === undefined) throw new Error(`no service of ${app.name}`);
  return service;
}

/** Two transforms, one after the other. */
function inTurn(
  first: ContainerTransform | undefined,
  second: ContainerTransform | undefined,
): ContainerTransform | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return (args, name) => second(first(args, name), name);
}
