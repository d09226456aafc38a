import type { ProxyApp } from "../plan/proxyPlan";

/** A `location` of nginx.conf and the app that answers there. */
export interface Location {
  /** As it stands behind the word `location`: `/api/` or `= /api`. */
  match: string;
  app: ProxyApp;
}

/** A `server` of nginx.conf. */
export interface VirtualHost {
  /** Undefined for the one that takes every other host. */
  host?: string;
  locations: Location[];
}

/**
 * The servers and locations of all apps' routes. A route without host holds for every host, unless that
 * host has a route of its own for the same path. nginx itself prefers the exact, then the longest path.
 */
export function virtualHosts(apps: readonly ProxyApp[]): VirtualHost[] {
  const hosts = new Set(apps.flatMap(({ routes }) => routes.flatMap(({ host }) => host ?? [])));
  return [
    { locations: locationsFor(undefined, apps) },
    ...[...hosts].sort().map((host) => ({ host, locations: locationsFor(host, apps) })),
  ];
}

function locationsFor(host: string | undefined, apps: readonly ProxyApp[]): Location[] {
  const found = new Map<string, { app: ProxyApp; rank: number }>();
  for (const app of apps) {
    for (const route of app.routes) {
      if (route.host !== undefined && route.host !== host) continue;
      const own = route.host === undefined ? 0 : 2;
      for (const { match, asked } of matchesOf(route.path, route.exact)) {
        const rank = own + (asked ? 1 : 0);
        const present = found.get(match);
        if (present === undefined || present.rank < rank) found.set(match, { app, rank });
      }
    }
  }
  return [...found]
    .map(([match, { app }]) => ({ match, app }))
    .sort((one, other) => other.match.length - one.match.length || (one.match < other.match ? -1 : 1));
}

/**
 * `/api` is two locations, `/api/` and `= /api`, so that `/apis` is not taken and nginx does not redirect.
 * The second is not asked for by name: an exact route of another app goes before it.
 */
function matchesOf(path: string, exact: boolean): { match: string; asked: boolean }[] {
  if (exact) return [{ match: `= ${path}`, asked: true }];
  const stem = path.replace(/\/+$/, "");
  if (stem === "") return [{ match: "/", asked: true }];
  return [
    { match: `${stem}/`, asked: true },
    { match: `= ${stem}`, asked: false },
  ];
}
