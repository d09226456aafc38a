import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { WindowsWebFarmArgs } from "../args";
import { consoleCommand } from "../plan/consoleCommand";
import { containerLabels, type Owner } from "../plan/labels";
import { everything } from "../plan/proxyPlan";
import type { PlatformTraits } from "../platform/platform";
import { FarmError } from "../schema/farmError";
import { fieldsOf } from "../schema/platformRules";
import { serviceIssues } from "../schema/serviceRules";
import { windowsWebFarmSchema, type ValidWindowsWebFarmArgs } from "../schema/windowsWebFarm";
import { validate } from "../schema/validate";
import { endpointOf } from "../reload/engine";
import { identityOf, labelledBy } from "./identity";
import { NatService } from "./natService";
import { networkOf, proxyPathsOf, stackLabel, targetOf } from "./placement";
import { Proxy } from "./proxy";
import { proxiedPort } from "./proxyInputs";

/**
 * A web farm on one Docker host: an app with any number of replicas, the nginx proxy before it, and a
 * console container to look around in their network.
 *
 * @throws FarmError with every fault of the arguments at once, before anything is created
 * @example
 * ```ts
 * const farm = new WindowsWebFarm("shop", {
 *   hostRelease: "2022",
 *   apps: { webapp: { image: "andrew0928/mvcdemo:1.0", replicas: 2, ports: [{ container: 80 }] } },
 *   proxy: { image: "example/nginx-windows:1.28", publish: 80 },
 *   console: {},
 * });
 * export const url = farm.url;
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
  /** The command that opens a shell in the console; undefined without a console. */
  readonly consoleCommand: pulumi.Output<string | undefined>;

  constructor(name: string, args: WindowsWebFarmArgs, opts?: pulumi.ComponentResourceOptions) {
    // Before anything is registered, so that a fault leaves no trace in the state.
    const subject = `WindowsWebFarm "${name}"`;
    const target = targetOf(args, subject);
    const issues = Object.entries(fieldsOf(fieldsOf(args).apps)).flatMap(([app, service]) =>
      serviceIssues(service, target, ["apps", app]),
    );
    const valid = validate(windowsWebFarmSchema, args, subject, issues);
    const { traits, release } = target;
    const paths = proxyPathsOf(traits, subject);
    const consoleImage = consoleImageOf(valid, traits, subject);
    super("webfarm:index:WindowsWebFarm", name, {}, opts);

    const owner = (service: string): Owner => ({ stack: stackLabel(), farm: name, service });
    const deployment = identityOf(name, this);
    const network = networkOf(name, valid.network, traits, name, this);
    const placement = { farm: name, platform: traits.name, hostRelease: release, network };
    this.apps = Object.fromEntries(
      Object.entries(args.apps).map(([app, service]) => [
        app,
        new NatService(
          `${name}-${app}`,
          { ...service, ...placement, transform: labelledBy(deployment, service.transform) },
          { parent: this },
        ),
      ]),
    );
    const [[app, service]] = Object.entries(this.apps) as [[string, NatService]];
    const appArgs = valid.apps[app];
    if (appArgs === undefined) throw new Error(`${subject}: no arguments for ${app}`);

    this.proxy = new Proxy(
      `${name}-proxy`,
      {
        args: valid.proxy,
        owner: owner("proxy"),
        traits,
        paths,
        release,
        deployment,
        stopSeconds: Math.max(valid.proxy.reload.drainSeconds, 10),
        network,
        apps: [
          {
            name: app,
            service,
            port: proxiedPort(appArgs),
            routes: [everything],
            loadBalancing: valid.proxy.loadBalancing,
            keepAliveConnections: valid.proxy.keepAliveConnections,
          },
        ],
      },
      { parent: this },
    );
    this.consoleCommand =
      consoleImage === undefined
        ? pulumi.output(undefined)
        : this.console(`${name}-console`, consoleImage, network, owner("console"), traits);
    this.url = this.proxy.url;
    this.localUrl = this.proxy.localUrl;
    this.registerOutputs({ url: this.url, localUrl: this.localUrl, consoleCommand: this.consoleCommand });
  }

  private console(
    name: string,
    image: pulumi.Input<string>,
    network: pulumi.Input<string>,
    owner: Owner,
    traits: PlatformTraits,
  ): pulumi.Output<string> {
    const container = new docker.Container(
      name,
      {
        image,
        networkMode: network,
        hostname: owner.service,
        entrypoints: [...traits.idleCommand],
        restart: "unless-stopped",
        labels: containerLabels(owner, owner.service, "1"),
        // It holds nothing that a longer stop could save.
        destroyGraceSeconds: 1,
      },
      // It has nothing to lose, and a second one beside it would only confuse.
      { parent: this, deleteBeforeReplace: true },
    );
    return pulumi
      .all([container.name, endpointOf(this)])
      .apply(([containerName, endpoint]) => consoleCommand(containerName, traits.shell, endpoint.host));
  }
}

/** The console's image, or undefined when the farm has no console. */
function consoleImageOf(
  args: ValidWindowsWebFarmArgs,
  traits: PlatformTraits,
  subject: string,
): pulumi.Input<string> | undefined {
  if (!args.console.enabled) return undefined;
  const image = args.console.image ?? traits.consoleImage(args.hostRelease);
  if (image !== undefined) return image;
  throw new FarmError(subject, [
    {
      path: "console.image",
      code: "required",
      message: `missing; there is no default on ${traits.name}`,
      hint: "give an image with a shell, or console: { enabled: false }",
    },
  ]);
}
