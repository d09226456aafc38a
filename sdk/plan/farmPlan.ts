import type * as pulumi from "@pulumi/pulumi";
import type { AppArgs, AppDefaultsArgs, NatServiceArgs, WindowsWebFarmArgs } from "../args";
import { routesOf } from "../schema/farmRules";
import type { ValidWindowsWebFarmArgs } from "../schema/windowsWebFarm";
import { firstTcpPort } from "./ports";
import type { Balancing, Route } from "./proxyPlan";
import { withoutUndefined } from "./withoutUndefined";

/** An app of a farm as plain data: its service, and what the proxy does for it. */
export interface AppPlan {
  name: string;
  service: NatServiceArgs;
  replicas: number;
  /** Empty when the app is not behind the proxy. */
  routes: Route[];
  /** Port that the proxy asks; 0 when it asks none. */
  port: number;
  loadBalancing: Balancing;
  keepAliveConnections: number;
  /** Apps that must serve before this one starts. */
  dependsOn: string[];
}

/** A farm as plain data: what its component, its picture and its compose file are made from. */
export interface FarmPlan {
  name: string;
  /** In an order in which each app stands behind those it depends on. */
  apps: AppPlan[];
  console: boolean;
  publish?: number;
  network?: pulumi.Input<string>;
}

/** Plans a farm: pure; the arguments as they came hold the outputs, the valid ones the defaults. */
export function planFarm(name: string, args: WindowsWebFarmArgs, valid: ValidWindowsWebFarmArgs): FarmPlan {
  const apps = Object.entries(args.apps).map(([app, own], index): AppPlan => {
    const checked = valid.apps[app];
    if (checked === undefined) throw new Error(`no checked arguments of ${app}`);
    const { loadBalancing, keepAliveConnections } = { ...valid.proxy, ...withoutUndefined(checked) };
    return {
      name: app,
      service: serviceOf(own, args.defaults),
      replicas: checked.replicas,
      routes: routesOf(checked, index),
      port: firstTcpPort(checked.ports) ?? 0,
      loadBalancing,
      keepAliveConnections,
      dependsOn: checked.dependsOn,
    };
  });
  return {
    name,
    apps: inOrder(apps),
    console: valid.console.enabled,
    ...(valid.proxy.publish === undefined ? {} : { publish: valid.proxy.publish }),
    ...(valid.network === undefined ? {} : { network: valid.network }),
  };
}

/** An app's own arguments go before the shared ones; labels are joined. */
function serviceOf(app: AppArgs, defaults: AppDefaultsArgs = {}): NatServiceArgs {
  const ofTheFarm = ["routes", "loadBalancing", "keepAliveConnections", "dependsOn"];
  const service = Object.fromEntries(
    Object.entries(app).filter(([key]) => !ofTheFarm.includes(key)),
  ) as unknown as NatServiceArgs;
  const labels = { ...defaults.labels, ...service.labels };
  return { ...defaults, ...service, ...(Object.keys(labels).length > 0 ? { labels } : {}) };
}

/** The rules have found every circle before. */
function inOrder(apps: readonly AppPlan[]): AppPlan[] {
  const ordered: AppPlan[] = [];
  const place = (app: AppPlan): void => {
    if (ordered.includes(app)) return;
    for (const needed of apps.filter(({ name }) => app.dependsOn.includes(name))) place(needed);
    ordered.push(app);
  };
  apps.forEach(place);
  return ordered;
}
