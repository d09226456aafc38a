import type * as pulumi from "@pulumi/pulumi";
import type { Provider } from "@pulumi/pulumi/provider";
import type { NatServiceArgs, ProxiedScaleSetArgs, WindowsWebFarmArgs } from "../args";
import { NatService } from "../components/natService";
import { ProxiedScaleSet } from "../components/proxiedScaleSet";
import { WindowsWebFarm } from "../components/windowsWebFarm";

type Options = pulumi.ComponentResourceOptions;

/** The components that the package offers, by the name in their type. The arguments are checked by each of them. */
const components: Readonly<
  Record<
    string,
    (
      name: string,
      args: pulumi.Inputs,
      options: Options,
    ) => { urn: pulumi.Output<string>; state: pulumi.Inputs }
  >
> = {
  NatService: (name, args, options) => {
    const service = new NatService(name, args as NatServiceArgs, options);
    const { urn, replicas, endpoints, containerNames, alias, network } = service;
    return { urn, state: { replicas, endpoints, containerNames, alias, network } };
  },
  ProxiedScaleSet: (name, args, options) => {
    const { urn, url, localUrl, upstreams } = new ProxiedScaleSet(
      name,
      args as unknown as ProxiedScaleSetArgs,
      options,
    );
    return { urn, state: { url, localUrl, upstreams } };
  },
  WindowsWebFarm: (name, args, options) => {
    const farm = new WindowsWebFarm(name, args as unknown as WindowsWebFarmArgs, options);
    const { urn, url, localUrl, consoleCommand, topology } = farm;
    return { urn, state: { url, localUrl, consoleCommand, topology } };
  },
};

/** The components as a Pulumi provider, for programs in other languages. */
export function packageProvider(version: string, schema: string): Provider {
  return {
    version,
    schema,
    construct: (name, type, inputs, options) => {
      const component = /^webfarm:index:(\w+)$/.exec(type)?.[1] ?? "";
      const make = Object.hasOwn(components, component) ? components[component] : undefined;
      if (make === undefined) {
        return Promise.reject(
          new Error(`webfarm has no component ${type}; it has ${Object.keys(components).join(", ")}`),
        );
      }
      return Promise.resolve(make(name, inputs, options));
    },
  };
}
