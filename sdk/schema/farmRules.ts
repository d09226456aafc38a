import type { Route } from "../plan/proxyPlan";
import type { FarmIssue } from "./farmError";
import { fieldsOf, listOf, toIssues, type Target } from "./platformRules";
import { nameIssues, serviceIssues } from "./serviceRules";
import { farmOrchestratorFindings, proxyOrchestratorFindings, swarmNameIssues } from "./swarmRules";
import { formatPath, show } from "./validate";

/**
 * What is wrong with a farm beyond each property by itself. It looks at the arguments as they came, so that
 * one error names everything.
 *
 * @param farm the name of the farm, where it has one yet
 */
export function windowsWebFarmIssues(args: unknown, target: Target, farm?: string): FarmIssue[] {
  const apps = Object.entries(fieldsOf(fieldsOf(args).apps));
  return [
    ...(farm === undefined ? [] : containerNameIssues(farm, apps, target)),
    ...apps.flatMap(([name, app]) => serviceIssues(app, target, ["apps", name])),
    ...nameIssuesOf(apps),
    ...routeIssues(apps),
    ...orderIssues(apps),
    ...consoleIssues(args, target),
    ...toIssues(farmOrchestratorFindings(args, target), []),
    ...toIssues(proxyOrchestratorFindings(fieldsOf(args).proxy, target), ["proxy"]),
  ];
}

/** The containers' names begin with the farm's; one fault says it for all apps. */
function containerNameIssues(farm: string, apps: Apps, { orchestrator }: Target): FarmIssue[] {
  const own = [...nameIssues(farm), ...(orchestrator === "swarm" ? swarmNameIssues(farm) : [])];
  return own.length > 0 ? own : apps.flatMap(([app]) => nameIssues(`${farm}-${app}`, ["apps", app]));
}

type Apps = readonly [name: string, app: unknown][];

function nameIssuesOf(apps: Apps): FarmIssue[] {
  return apps
    .filter(([name]) => name === "proxy" || name === "console")
    .map(([name]) => ({
      path: formatPath(["apps", name]),
      code: "conflict",
      message: `${name} is the name of another part of the farm`,
      hint: "choose another name for the app",
    }));
}

/** The routes of an app: its own, and `/` for the first app that names none. */
export function routesOf(app: unknown, index: number): Route[] {
  const { routes } = fieldsOf(app);
  if (routes === undefined) return index === 0 ? [{ path: "/", exact: false }] : [];
  return listOf(routes).map((route) => {
    const { host, path = "/", exact = false } = fieldsOf(route);
    return {
      ...(typeof host === "string" ? { host: host.toLowerCase() } : {}),
      path: typeof path === "string" ? path : "/",
      exact: exact === true,
    };
  });
}

function routeIssues(apps: Apps): FarmIssue[] {
  const issues: FarmIssue[] = [];
  const taken = new Map<string, { name: string; path: string }>();
  apps.forEach(([name, app], index) => {
    const given = fieldsOf(app).routes !== undefined;
    routesOf(app, index).forEach((route, position) => {
      const { host, path, exact } = route;
      const stem = exact || path === "/" ? path : path.replace(/\/+$/, "");
      const key = JSON.stringify([host, stem, exact]);
      const at = formatPath(given ? ["apps", name, "routes", position] : ["apps", name]);
      const first = taken.get(key);
      if (first === undefined) {
        taken.set(key, { name, path: at });
        return;
      }
      issues.push({
        path: at,
        code: "conflict",
        message: `${exact ? "exactly " : ""}${host ?? ""}${path} of ${name} is already taken by ${first.name} (${first.path})`,
        hint: `give one of the two another host or path${given ? "" : `, or routes: [] to keep ${name} off the proxy`}`,
      });
    });
  });
  return issues;
}

function orderIssues(apps: Apps): FarmIssue[] {
  const names = apps.map(([name]) => name);
  const needs = new Map(apps.map(([name, app]) => [name, neededBy(app)]));
  return apps.flatMap(([name, app]): FarmIssue[] => {
    const unknown = listOf(fieldsOf(app).dependsOn).flatMap((other, index): FarmIssue[] =>
      typeof other !== "string" || names.includes(other)
        ? []
        : [
            {
              path: formatPath(["apps", name, "dependsOn", index]),
              code: "notFound",
              message: `${show(other)} is no app of the farm`,
              hint: `name one of ${names.filter((candidate) => candidate !== name).join(", ") || "the other apps"}`,
            },
          ],
    );
    const circle = circleFrom(name, needs);
    if (circle === undefined) return unknown;
    return [
      ...unknown,
      {
        path: formatPath(["apps", name, "dependsOn"]),
        code: "conflict",
        message: `waits for itself: ${circle.join(" -> ")}`,
        hint: "take one of the dependencies out",
      },
    ];
  });
}

/** What is no text is the schema's to refuse. */
function neededBy(app: unknown): string[] {
  return listOf(fieldsOf(app).dependsOn).filter((name) => typeof name === "string");
}

/** The way from an app back to itself, if there is one. */
function circleFrom(start: string, needs: ReadonlyMap<string, string[]>): string[] | undefined {
  const queue: string[][] = [[start]];
  const seen = new Set<string>();
  for (let way = queue.shift(); way !== undefined; way = queue.shift()) {
    for (const next of needs.get(way.at(-1) ?? "") ?? []) {
      if (next === start) return [...way, next];
      if (!seen.has(next)) queue.push([...way, next]);
      seen.add(next);
    }
  }
  return undefined;
}

function consoleIssues(args: unknown, { traits, release }: Target): FarmIssue[] {
  const { enabled = true, image } = fieldsOf(fieldsOf(args).console);
  if (enabled !== true || image !== undefined || traits.consoleImage(release) !== undefined) return [];
  return [
    {
      path: "console.image",
      code: "required",
      message: `missing; there is no default on ${traits.name}`,
      hint: "give an image with a shell, or console: { enabled: false }",
    },
  ];
}
