import type { RouteArgs } from "../args";
import type { Draft, ReadContext } from "./draft";
import type { NginxMeaning } from "./nginxMeaning";
import type { Place } from "./place";

/** Gives the apps the routes, the balancing and the first port that the proxy's nginx.conf has for them. */
export function setRoutes(
  apps: readonly Draft[],
  meaning: NginxMeaning | undefined,
  proxy: Draft,
  context: ReadContext,
): void {
  const routes = new Map<Draft, RouteArgs[]>();
  for (const found of meaning?.routes ?? guessedRoutes(apps, proxy, context)) {
    const app = apps.find(({ name }) => name === found.service);
    if (app === undefined) {
      context.findings.refuse(
        found.at,
        "notFound",
        `the proxy sends requests to ${found.service}, which is no app of the file`,
        apps.length === 0 ? "add the service" : `name one of ${apps.map(({ name }) => name).join(", ")}`,
      );
      continue;
    }
    routes.set(app, [...(routes.get(app) ?? []), found.route]);
    if (meaning !== undefined) askAt(app, found.port ?? 80, found.at);
    if (app.places.has("loadBalancing") || found.upstream === undefined) continue;
    if (found.upstream.loadBalancing !== "roundRobin") app.args.loadBalancing = found.upstream.loadBalancing;
    if (found.upstream.keepAlive !== undefined) app.args.keepAliveConnections = found.upstream.keepAlive;
    app.places.set("loadBalancing", found.at);
    app.places.set("keepAliveConnections", found.at);
  }
  apps.forEach((app, index) => {
    // The first app takes every request unless it says otherwise; the others none.
    const found = routes.get(app) ?? [];
    const usual = index === 0 ? found.length === 1 && isEverything(found[0]) : found.length === 0;
    if (routes.size > 0 && !usual) app.args.routes ??= found;
    if (app.ports.length > 0) app.args.ports = app.ports.map(({ value }) => value);
    app.places.set("ports", app.entries.get("ports")?.at ?? app.at);
    app.ports.forEach(({ at }, position) => app.places.set(`ports[${position}]`, at));
  });
}

function isEverything(route: RouteArgs | undefined): boolean {
  return route?.path === "/" && route.host === undefined && route.exact !== true;
}

/** Where nobody can read the proxy's nginx.conf, every request goes to the app that the proxy depends on. */
function guessedRoutes(
  apps: readonly Draft[],
  proxy: Draft,
  { findings }: ReadContext,
): NginxMeaning["routes"] {
  if (proxy.entries.has("x-webfarm") || apps.some(({ args }) => args.routes !== undefined)) return [];
  const named = proxy.dependsOn.filter(({ value }) => apps.some(({ name }) => name === value));
  const [target, ...others] = named;
  const service = target?.value ?? apps[0]?.name;
  const at = target?.at ?? proxy.at;
  if (service === undefined) return [];
  if (others.length > 0) {
    findings.refuse(
      at,
      "required",
      `the nginx.conf of ${proxy.name} is not there to be read, and it depends on several apps`,
      "say in each app what it answers: x-webfarm: { routes: [{ path: /api }] }",
    );
  } else
    findings.note(
      at,
      `the nginx.conf of ${proxy.name} is not there to be read; the farm sends every request to ${service}`,
    );
  return [{ route: { path: "/" }, service, port: undefined, upstream: undefined, at }];
}

/** The proxy asks an app at its first port. */
function askAt(app: Draft, port: number, at: Place): void {
  const index = app.ports.findIndex(({ value }) => value.container === port && value.protocol !== "udp");
  const [found] = index === -1 ? [{ value: { container: port }, at }] : app.ports.splice(index, 1);
  if (found !== undefined) app.ports.unshift(found);
}

/** `depends_on` among apps; what the farm has in order by itself needs no word. */
export function setOrder(
  drafts: readonly Draft[],
  proxy: string,
  console: string | undefined,
  { findings }: ReadContext,
): void {
  for (const draft of drafts) {
    const names: string[] = [];
    for (const { value, at } of draft.dependsOn) {
      if (!drafts.some(({ name }) => name === value)) {
        findings.refuse(
          at,
          "notFound",
          `${draft.name} depends on ${value}, which is no service of the farm`,
          "remove it, or add the service",
        );
      } else if (draft.role !== "app") continue;
      else if (value === proxy || value === console) {
        findings.refuse(
          at,
          "conflict",
          `${draft.name} depends on ${value}, which a farm starts after its apps`,
          "remove it",
        );
      } else names.push(value);
    }
    if (names.length > 0) {
      draft.args.dependsOn = names;
      draft.places.set("dependsOn", draft.entries.get("depends_on")?.at ?? draft.at);
    }
  }
}
