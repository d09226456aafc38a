import type { LoadBalancing, ProxyTimeoutArgs, RouteArgs } from "../args";
import type { Findings } from "./findings";
import type { Directive } from "./nginxFile";
import {
  ours,
  headers,
  times,
  isUsual,
  startAt,
  proxies,
  takesAll,
  hostAndPort,
  secondsOf,
  mebibytesOf,
} from "./nginxWords";
import type { Place } from "./place";
import type { Located } from "./values";

/** Requests that a configuration sends to a service of the compose file. */
export interface FoundRoute {
  readonly route: RouteArgs;
  readonly service: string;
  /** Undefined where the configuration leaves it to HTTP's own port, 80. */
  readonly port: number | undefined;
  readonly upstream: Upstream | undefined;
  readonly at: Place;
}

/** An `upstream` block. */
export interface Upstream {
  readonly servers: readonly { host: string; port: number | undefined; at: Place }[];
  readonly loadBalancing: LoadBalancing;
  readonly keepAlive: number | undefined;
}

/** What an nginx configuration does, in a farm's words. */
export interface NginxMeaning {
  readonly routes: FoundRoute[];
  readonly serverName?: Located<string>;
  readonly timeouts: ProxyTimeoutArgs;
  readonly maxBodySizeMb?: number;
  readonly gzip?: boolean;
  readonly listens: readonly Located<number>[];
}

/** Reads what a configuration does; what a farm's proxy does not do is refused, and nothing is passed over. */
export class NginxReader {
  private readonly routes: FoundRoute[] = [];
  private readonly upstreams = new Map<string, Upstream>();
  private readonly listens: Located<number>[] = [];
  private readonly timeouts: ProxyTimeoutArgs = {};
  private readonly names: Located<string>[] = [];
  private maxBodySizeMb: number | undefined;
  private gzip: boolean | undefined;

  constructor(
    private readonly directives: readonly Directive[],
    private readonly findings: Findings,
  ) {}

  read(): NginxMeaning {
    const http = this.directives.find(({ name }) => name === "http")?.block;
    for (const directive of this.directives)
      if (directive.name !== "http" && http !== undefined) this.top(directive);
    // A file of conf.d/ is the inside of http.
    const inside = http ?? this.directives;
    for (const directive of inside) if (directive.name === "upstream") this.upstream(directive);
    const servers = inside.filter(({ name }) => name === "server");
    for (const directive of inside)
      if (directive.name !== "upstream" && directive.name !== "server") this.setting(directive);
    for (const server of servers) this.server(server, servers.length > 1);
    const [name] = this.names;
    return {
      routes: this.routes,
      ...(servers.length === 1 && name !== undefined ? { serverName: name } : {}),
      timeouts: this.timeouts,
      ...(this.maxBodySizeMb === undefined ? {} : { maxBodySizeMb: this.maxBodySizeMb }),
      ...(this.gzip === undefined ? {} : { gzip: this.gzip }),
      listens: this.listens,
    };
  }

  private top(directive: Directive): void {
    if (ours.has(directive.name)) this.own(directive);
    else this.refuse(directive, "leave it out: a farm's proxy speaks HTTP");
  }

  private own({ name, at }: Directive): void {
    this.findings.note(at, `${name}: the farm's proxy has its own`);
  }

  private upstream({ words, block = [], at }: Directive): void {
    const servers: Upstream["servers"][number][] = [];
    let loadBalancing: LoadBalancing = "roundRobin";
    let keepAlive: number | undefined;
    for (const inner of block) {
      const [first = "", ...parameters] = inner.words;
      if (inner.name === "server") {
        const other = parameters.filter((word) => !/^(resolve|weight=1)$/.test(word));
        if (other.length > 0)
          this.refuse(inner, "leave it out: all replicas are treated alike", other.join(" "));
        servers.push({ ...hostAndPort(first), at: inner.at });
      } else if (inner.name === "least_conn") loadBalancing = "leastConnections";
      else if (inner.name === "ip_hash") loadBalancing = "ipHash";
      else if (inner.name === "keepalive") keepAlive = Number(first);
      else if (inner.name === "zone") this.own(inner);
      else this.refuse(inner, "leave it out, or use least_conn or ip_hash");
    }
    if (servers.length === 0)
      this.findings.refuse(at, "required", "an upstream without server", "name a service: server webapp;");
    this.upstreams.set(words[0] ?? "", { servers, loadBalancing, keepAlive });
  }

  private setting(directive: Directive): void {
    const { name, words, at } = directive;
    const [value = ""] = words;
    if (name in times) {
      const seconds = secondsOf(value);
      if (seconds === undefined)
        this.findings.refuse(at, "invalidFormat", `${name}: ${value} is no time`, "write it as 60s");
      else {
        const key = times[name as keyof typeof times];
        this.once(directive, this.timeouts[key], seconds);
        this.timeouts[key] = seconds;
      }
    } else if (name === "client_max_body_size") {
      const mebibytes = mebibytesOf(value);
      if (mebibytes === undefined)
        this.findings.refuse(at, "invalidFormat", `${value} is no whole number of MiB`, "write it as 30m");
      else {
        this.once(directive, this.maxBodySizeMb, mebibytes);
        this.maxBodySizeMb = mebibytes;
      }
    } else if (name === "gzip") {
      this.once(directive, this.gzip, value === "on");
      this.gzip = value === "on";
    } else if (name === "proxy_set_header") {
      const same = headers[value.toLowerCase()];
      if (same?.includes(words[1] ?? "") !== true) {
        this.refuse(
          directive,
          `give it to the proxy: extraConfig: { http: "..." } replaces all headers`,
          words.join(" "),
        );
      }
    } else if (ours.has(name) || isUsual(directive)) this.own(directive);
    else this.refuse(directive, "leave it out, or give it to the proxy as extraConfig in x-webfarm");
  }

  /** A farm's proxy has one value for all locations. */
  private once({ name, at }: Directive, before: unknown, now: unknown): void {
    if (before === undefined || before === now) return;
    this.findings.refuse(
      at,
      "conflict",
      `${name} has another value before; a farm's proxy has one for all apps`,
      "keep one of the two",
    );
  }

  private server({ block = [] }: Directive, several: boolean): void {
    const names = block
      .filter(({ name }) => name === "server_name")
      .flatMap(({ words, at }) => words.map((value) => ({ value, at })));
    const hosts = names.filter(({ value }) => value !== "_" && value !== "localhost" && value !== "");
    const pages = block
      .filter(({ name }) => name === "error_page")
      .flatMap(({ words }) => words.at(-1) ?? []);
    this.names.push(...hosts);
    if (!several && hosts.length > 1) {
      this.findings.refuse(
        hosts[1]?.at ?? startAt(block),
        "unsupported",
        "several names for one server",
        "keep one; a farm's proxy answers every name",
      );
    }
    for (const directive of block) {
      const { name, words, at } = directive;
      if (name === "server_name") continue;
      if (name === "listen") this.listen(directive);
      else if (name === "location") {
        // The page that nginx shows for its own errors.
        if (pages.includes(words.at(-1) ?? "")) this.own(directive);
        else this.location(directive, several ? hosts.map(({ value }) => value) : []);
      } else if (
        ["root", "index"].includes(name) &&
        block.some((other) => other.name === "location" && proxies(other) && takesAll(other))
      ) {
        this.findings.note(at, `${name}: every request goes to a service`);
      } else this.setting(directive);
    }
  }

  private listen(directive: Directive): void {
    const { words, at } = directive;
    const [address = "", ...parameters] = words;
    const port = /^(?:\*:|0\.0\.0\.0:|\[::\]:)?(\d+)$/.exec(address)?.[1];
    const other = parameters.filter((word) => word !== "default_server");
    if (other.includes("ssl"))
      this.refuse(directive, "give certificate and key to the proxy: tls of ProxyArgs", "ssl");
    else if (port === undefined || other.length > 0)
      this.refuse(directive, "write listen 80;", words.join(" "));
    else this.listens.push({ value: Number(port), at });
  }

  private location(directive: Directive, hosts: readonly string[]): void {
    const { words, block = [], at } = directive;
    const [modifier, path = ""] = words.length === 1 ? ["", words[0]] : words;
    if (modifier !== "" && modifier !== "=" && modifier !== "^~") {
      this.refuse(
        directive,
        "use a prefix (location /api/) or an exact path (location = /api)",
        `the pattern ${words.join(" ")}`,
      );
      return;
    }
    const pass = block.find(({ name }) => name === "proxy_pass");
    for (const inner of block) if (inner !== pass) this.setting(inner);
    if (pass === undefined) {
      this.refuse(
        directive,
        "serve files from an app, and send requests to it",
        "a location without proxy_pass",
      );
      return;
    }
    const [, target = "", uri] = /^http:\/\/([^/]+)(\/.*)?$/.exec(pass.words[0] ?? "") ?? [];
    if (target === "" || target.includes("$")) {
      this.refuse(
        pass,
        "send requests to a service or an upstream: proxy_pass http://webapp;",
        pass.words.join(" "),
      );
      return;
    }
    // proxy_pass with a path puts it in the place of the location's own; the same one changes nothing.
    if (uri !== undefined && uri !== path) {
      this.refuse(pass, "let the app answer the paths as they are", `the changed path ${uri}`);
      return;
    }
    const exact = modifier === "=";
    // nginx takes /api to be the beginning of /apis too; a route ends at a slash.
    if (!exact && path !== "/" && !path.endsWith("/")) {
      this.findings.note(
        at,
        `location ${path}: the route is for ${path} and all below ${path}/, not for ${path}s`,
      );
    }
    const upstream = this.upstreams.get(target);
    const [first, ...others] = upstream?.servers ?? [{ ...hostAndPort(target), at: pass.at }];
    if (first === undefined) return;
    const different = others.find(({ host, port }) => host !== first.host || port !== first.port);
    if (different !== undefined) {
      this.findings.refuse(
        different.at,
        "unsupported",
        `an upstream of two services, ${first.host} and ${different.host}`,
        "make them replicas of one service: scale: 2",
      );
    }
    const route: RouteArgs = {
      path: exact || path === "/" ? path : path.replace(/\/$/, ""),
      ...(exact ? { exact } : {}),
    };
    for (const host of hosts.length === 0 ? [undefined] : hosts) {
      this.routes.push({
        route: host === undefined ? route : { host, ...route },
        service: first.host,
        port: first.port,
        upstream,
        at: first.at,
      });
    }
  }

  private refuse({ name, at }: Directive, hint: string, what?: string): void {
    this.findings.refuse(
      at,
      "unsupported",
      `${name}: ${what ?? "this"} has no counterpart in a farm's proxy`,
      hint,
    );
  }
}
