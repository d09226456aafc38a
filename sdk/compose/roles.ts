import type { ReadContext, Role } from "./draft";
import { splitMount } from "./merge";
import type { MapNode, Node } from "./node";
import { NginxReader, type NginxMeaning } from "./nginxMeaning";
import { parseNginx } from "./nginxFile";
import type { Place, Source } from "./place";
import { Findings } from "./findings";
import { absolutePath } from "./volumes";

/** Services whose roles the caller knows better. */
export interface NamedRoles {
  readonly proxy?: string;
  readonly console?: string;
}

/** Which service is the proxy, which the console; all others are apps. */
export interface Roles {
  readonly proxy?: { name: string; configuration?: Source };
  readonly console?: string;
  readonly roleOf: (name: string) => Role;
}

/** Finds out what each service is, or reports why it cannot. */
export function findRoles(
  services: ReadonlyMap<string, MapNode>,
  named: NamedRoles,
  at: Place,
  context: ReadContext,
): Roles {
  const console = named.console ?? findConsole(services, context);
  const proxy = findProxy(services, named, console, at, context);
  for (const name of [named.proxy, named.console]) {
    if (name !== undefined && !services.has(name)) {
      context.findings.refuse(
        at,
        "notFound",
        `the file has no service ${name}`,
        `name one of ${[...services.keys()].join(", ")}`,
      );
    }
  }
  return {
    ...(proxy === undefined ? {} : { proxy }),
    ...(console === undefined ? {} : { console }),
    roleOf: (name) => (name === proxy?.name ? "proxy" : name === console ? "console" : "app"),
  };
}

function findConsole(services: ReadonlyMap<string, MapNode>, { findings }: ReadContext): string | undefined {
  const found = [...services].filter(([, service]) => {
    const role = roleGiven(service);
    const command = service.entries.get("command")?.value ?? service.entries.get("entrypoint")?.value;
    return role === "console" || (role === undefined && /^ping (-t )?localhost$/.test(wordsOf(command)));
  });
  const [first, second] = found;
  if (first !== undefined && second !== undefined) {
    findings.refuse(
      second[1].at,
      "conflict",
      `${first[0]} and ${second[0]} are both consoles: containers that only run ping`,
      "keep one, or say of the other x-webfarm: { role: app }",
    );
  }
  return first?.[0];
}

function findProxy(
  services: ReadonlyMap<string, MapNode>,
  named: NamedRoles,
  console: string | undefined,
  at: Place,
  context: ReadContext,
): Roles["proxy"] {
  const others = [...services].filter(([name]) => name !== console);
  const given = others.filter(([name, service]) =>
    named.proxy === undefined ? roleGiven(service) === "proxy" : name === named.proxy,
  );
  const candidates = given.length > 0 ? given : named.proxy !== undefined ? [] : likely(others, context);
  const [first, second] = candidates;
  if (first === undefined) {
    if (named.proxy === undefined) {
      context.findings.refuse(
        at,
        "required",
        "no service is known as the proxy: none is made from nginx and sends requests to another",
        'name it: fromCompose(name, { file, proxy: "NAME" }), or x-webfarm: { role: proxy } in the service',
      );
    }
    return undefined;
  }
  if (second !== undefined) {
    context.findings.refuse(
      second[1].at,
      "conflict",
      `${first[0]} and ${second[0]} may both be the proxy`,
      'name it: fromCompose(name, { file, proxy: "NAME" }), or x-webfarm: { role: proxy } in the service',
    );
  }
  const [name, service] = first;
  // What toCompose wrote holds its settings in x-webfarm, and its nginx.conf in the environment.
  const configuration = roleGiven(service) === "proxy" ? undefined : configurationOf(service, context);
  return configuration === undefined ? { name } : { name, configuration };
}

/** First those whose nginx.conf leads to other services; where there is none to read, those named nginx or proxy. */
function likely(services: [string, MapNode][], context: ReadContext): [string, MapNode][] {
  const names = services.map(([name]) => name);
  const apps = services.filter(([, service]) => roleGiven(service) !== "app");
  const leading = apps.filter(([, service]) => {
    const source = configurationOf(service, context);
    const meaning = source === undefined ? undefined : meaningOf(source, new Findings());
    return meaning?.routes.some(({ service: to }) => names.includes(to));
  });
  if (leading.length > 0) return leading;
  return apps.filter(([name, service]) => {
    const text = [name, textOf(service.entries.get("image")?.value), contextOf(service)].join(" ");
    const leads = service.entries.has("depends_on") || service.entries.has("links");
    return leads && /nginx|proxy/i.test(text);
  });
}

/** What an nginx.conf does. */
export function meaningOf(source: Source, findings: Findings): NginxMeaning | undefined {
  const directives = parseNginx(source, findings);
  return directives === undefined ? undefined : new NginxReader(directives, findings).read();
}

/** The nginx.conf that a service mounts, or that lies in its build context. */
function configurationOf(service: MapNode, { read, directory }: ReadContext): Source | undefined {
  const folder = contextOf(service);
  const inContext = ["nginx.conf", "conf/nginx.conf", "nginx/nginx.conf", "default.conf"];
  const paths = [
    ...mountsOf(service).flatMap(mountedConfigurations),
    ...(folder === undefined ? [] : inContext.map((name) => `${folder}/${name}`)),
  ];
  for (const path of paths) {
    const text = read(absolutePath(path, directory));
    if (text !== undefined) return { file: path.replace(/^\.[\\/]/, ""), text };
  }
  return undefined;
}

/** A mount that brings nginx its configuration: the file, or a folder of such files. */
export function mountedConfigurations([source, target]: readonly [string, string]): string[] {
  if (/\.(conf|template)$/.test(source)) return [source];
  const folder = /([\\/]nginx|[\\/]nginx[\\/]conf(\.d)?|[\\/]nginx[\\/]templates)[\\/]?$/.test(target);
  return folder ? [`${source}/nginx.conf`, `${source}/default.conf`] : [];
}

function mountsOf(service: MapNode): (readonly [string, string])[] {
  const volumes = service.entries.get("volumes")?.value;
  if (volumes?.kind !== "list") return [];
  return volumes.items.map((item) => {
    if (item.kind !== "map") {
      const [source = "", target = ""] = splitMount(textOf(item));
      return [source, target] as const;
    }
    return [textOf(item.entries.get("source")?.value), textOf(item.entries.get("target")?.value)] as const;
  });
}

function contextOf(service: MapNode): string | undefined {
  const build = service.entries.get("build")?.value;
  const text = textOf(build?.kind === "map" ? build.entries.get("context")?.value : build);
  return text === "" ? undefined : text;
}

function roleGiven(service: MapNode): string | undefined {
  const extension = service.entries.get("x-webfarm")?.value;
  const role = extension?.kind === "map" ? extension.entries.get("role")?.value : undefined;
  return role === undefined ? undefined : textOf(role);
}

function textOf(node: Node | undefined): string {
  return node?.kind === "scalar" && node.value !== null ? String(node.value) : "";
}

function wordsOf(node: Node | undefined): string {
  return node?.kind === "list" ? node.items.map(textOf).join(" ") : textOf(node).trim().replace(/\s+/g, " ");
}
