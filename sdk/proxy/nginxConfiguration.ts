import { digestOf, type ProxyApp } from "../plan/proxyPlan";
import type { NginxTraits } from "../platform/platform";
import type { ValidProxyArgs } from "../schema/proxy";
import type { ProxyFile } from "./payload";
import { virtualHosts, type Location, type VirtualHost } from "./routes";
import { controlPort, proxyPort, tlsPort } from "./ports";
import { tlsFiles, type TlsFiles, type TlsTexts } from "./tls";

/** nginx.conf with the files it names, and the digest by which the reload recognises it in the workers. */
export interface Configuration {
  text: string;
  digest: string;
  /** All files of the payload, nginx.conf last. */
  files: ProxyFile[];
}

/** What an nginx.conf is made of. */
export interface ConfigurationPlan {
  apps: readonly ProxyApp[];
  args: ValidProxyArgs;
  nginx: NginxTraits;
  /** Address of the network's name server, for discovery by `resolve`. */
  resolver?: string;
  /** The texts of `args.tls`, which may come from outputs; undefined without TLS. */
  tls?: TlsTexts;
  /** True where each upstream is one name, in place of which the start script puts a swarm's tasks. @default false */
  swarm?: boolean;
}

/** As many tasks as a service may have: the name in the configuration does not tell how many there are. */
const mostTasks = 500;

/** The whole configuration of a proxy: pure text, the same plan gives the same bytes. */
export function nginxConfiguration(plan: ConfigurationPlan): Configuration {
  const { apps, args, nginx } = plan;
  const tls = plan.tls === undefined ? undefined : tlsFiles(plan.tls, nginx.directory);
  const hosts = virtualHosts(apps);
  const body = (digest: string) => [
    ...httpSettings(plan),
    ...apps.flatMap((app) => upstreamBlock(app, plan, zoneSuffix(plan, digest))),
    ...hosts.flatMap((host) => serverBlocks(host, plan, tls, serverName(host, hosts, args.serverName))),
    ...extra(args.extraConfig.http, "extraConfig.http"),
    ...controlServer(digest, [status]),
  ];
  const { text, digest } = assemble(nginx, (digest) => indent(2, body(digest)), args.start);
  return { text, digest, files: [...(tls?.files ?? []), { name: "nginx.conf", text }] };
}

/** What a new proxy runs until its first reload: no upstream yet. It must never change for a farm's settings. */
export function emptyConfiguration(nginx: NginxTraits): string {
  const server = block("server", [`listen ${proxyPort};`, ...health, ...unavailable("/")]);
  const body = (digest: string) => indent(2, [...server, ...controlServer(digest)]);
  return assemble(nginx, body, { maxAttempts: 60, delaySeconds: 1 }).text;
}

/** The text names itself by its own digest, so everything but that name goes into the digest. */
function assemble(
  nginx: NginxTraits,
  body: (digest: string) => readonly string[],
  start: ValidProxyArgs["start"],
) {
  const render = (digest: string) => layout(nginx, body(digest), start, digest);
  const digest = contentDigest(render(""));
  return { text: render(digest), digest };
}

/**
 * The digest that a configuration found in a proxy should have by its content, and the one it names; they
 * differ when somebody changed it by hand.
 */
export function digestsOf(text: string): { named: string; content: string } {
  const named = /^# webfarm-digest ([0-9a-f]{64})\r?$/m.exec(text)?.[1] ?? "";
  return { named, content: contentDigest(named === "" ? text : text.replaceAll(named, "")) };
}

/** Of what nginx reads; blanks at the ends of lines and line ends do not count. */
function contentDigest(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  return digestOf(lines.filter((line) => line !== "").join("\n"));
}

function layout(
  nginx: NginxTraits,
  body: readonly string[],
  { maxAttempts, delaySeconds }: ValidProxyArgs["start"],
  digest: string,
): string {
  return [
    "# Written by pulumi-webfarm; the next reload replaces it. Changes by hand do not last.",
    `# webfarm-digest ${digest}`,
    "# Read by the start script: how often it tries, and how many seconds apart.",
    `# webfarm-start ${maxAttempts} ${delaySeconds}`,
    ...nginx.main,
    `events { worker_connections ${nginx.workerConnections}; }`,
    "http {",
    ...body,
    "}",
    "",
  ].join("\n");
}

/** Reached from inside the container only: says which configuration the workers run. */
function controlServer(digest: string, more: readonly string[] = []): string[] {
  const location = `location = /digest { return 200 "${digest}\\n"; }`;
  return block("server", [`listen 127.0.0.1:${controlPort};`, "access_log off;", location, ...more]);
}

/**
 * nginx's counters. They are not on the published port: a `real_ip_header` of extraConfig would let clients
 * choose the address by which they are let in.
 */
const status = "location = /status { stub_status; }";

const health = ['location = /_webfarm/health { access_log off; return 200 "ok\\n"; }'];

/** Every path that nothing else answers, while no replica is in rotation. */
const unavailable = (match: string) => [
  `location ${match} {`,
  "  # No replica is in rotation.",
  "  add_header Retry-After 5 always;",
  "  return 503;",
  "}",
];

function httpSettings({ args, nginx, resolver, swarm = false }: ConfigurationPlan): string[] {
  const { connectSeconds, readSeconds, sendSeconds } = args.timeouts;
  return [
    "log_format webfarm '$remote_addr [$time_iso8601] \"$request\" $status $body_bytes_sent '",
    "                   'upstream=$upstream_addr upstream_status=$upstream_status time=$request_time';",
    `access_log ${nginx.accessLog} webfarm;`,
    "server_tokens off;",
    `client_max_body_size ${args.maxBodySizeMb}m;`,
    // The hash for server names is sized by the longest one, 253 characters, and the default is short.
    "server_names_hash_bucket_size 512;",
    ...(args.gzip ? gzip : []),
    ...(resolver === undefined ? [] : [`resolver ${resolver} valid=5s ipv6=off;`]),
    "# Keeps connections to the replicas open between requests, and lets websockets through.",
    "map $http_upgrade $webfarm_connection { default upgrade; '' ''; }",
    "proxy_http_version 1.1;",
    "proxy_set_header Host $http_host;",
    "proxy_set_header Connection $webfarm_connection;",
    "proxy_set_header Upgrade $http_upgrade;",
    "proxy_set_header X-Real-IP $remote_addr;",
    "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
    "proxy_set_header X-Forwarded-Host $http_host;",
    "proxy_set_header X-Forwarded-Proto $scheme;",
    `proxy_connect_timeout ${connectSeconds}s;`,
    `proxy_read_timeout ${readSeconds}s;`,
    `proxy_send_timeout ${sendSeconds}s;`,
    "# Only requests that are safe to repeat go to a second replica.",
    "proxy_next_upstream error timeout;",
    ...(swarm ? patience : ["proxy_next_upstream_tries 3;"]),
  ];
}

/**
 * A machine of a swarm may go with many tasks at once, and without a word: whoever asks them waits for the time limit
 * of connections, and for the keep-alive of those that it has. `swarmSysctls` makes that one short.
 */
const patience = [
  "proxy_next_upstream_tries 0;",
  "proxy_next_upstream_timeout 30s;",
  "proxy_socket_keepalive on;",
];

const gzip = [
  "gzip on;",
  "gzip_proxied any;",
  "gzip_vary on;",
  "gzip_min_length 1000;",
  "gzip_types text/plain text/css text/xml application/javascript text/javascript application/json application/xml image/svg+xml;",
];

const balancing: Record<ProxyApp["loadBalancing"], string[]> = {
  roundRobin: [],
  leastConnections: ["least_conn;"],
  ipHash: ["ip_hash;"],
};

/**
 * What an upstream's shared memory is called behind the app's name; undefined where there is none. nginx for
 * Windows cannot reload while a zone of the same name exists ("MapViewOfFileEx ... failed (487)"): its one
 * worker shares with nobody, and where `resolve` asks for a zone, each configuration has another name for it.
 */
function zoneSuffix({ nginx, args }: ConfigurationPlan, digest: string): string | undefined {
  if (nginx.zonesOutliveReloads) return "";
  return args.discovery === "resolve" ? `-${digest}` : undefined;
}

function upstreamBlock(
  app: ProxyApp,
  { args, swarm = false }: ConfigurationPlan,
  zone: string | undefined,
): string[] {
  if (app.upstreams.length === 0) return [];
  const resolve = args.discovery === "resolve" ? " resolve" : "";
  const servers = swarm ? mostTasks : app.upstreams.length;
  return [
    "",
    `upstream ${app.name} {`,
    ...indent(2, [
      // One table for all workers; about half a KiB for each server.
      ...(zone === undefined ? [] : [`zone ${app.name}${zone} ${64 + servers}k;`]),
      ...balancing[app.loadBalancing],
      ...app.upstreams.map((address) => `server ${address}${resolve};`),
      ...(app.keepAliveConnections > 0 ? [`keepalive ${app.keepAliveConnections};`] : []),
    ]),
    "}",
  ];
}

/** One server, or with TLS and a redirect two: the plain one then only sends clients to the other. */
function serverBlocks(
  host: VirtualHost,
  plan: ConfigurationPlan,
  tls: TlsFiles | undefined,
  name: string | undefined,
): string[] {
  const isDefault = host.host === undefined;
  const names = name === undefined ? [] : [`server_name ${name};`];
  const flag = isDefault ? " default_server" : "";
  const plain = [`listen ${proxyPort}${flag};`, ...names, ...health];
  const serving = locations(host, plan.args.extraConfig.server);
  if (tls === undefined) return block("server", [...plain, ...serving]);
  return [
    ...block("server", [
      ...plain,
      ...(tls.redirect === undefined
        ? serving
        : ["location / {", `  return 308 https://$host${tls.redirect}$request_uri;`, "}"]),
    ]),
    ...block("server", [`listen ${tlsPort} ssl${flag};`, ...names, ...tls.settings, ...health, ...serving]),
  ];
}

/** The default server has the proxy's name, unless a host of that name has a server of its own. */
function serverName({ host }: VirtualHost, hosts: readonly VirtualHost[], proxy: string | undefined) {
  if (host !== undefined) return host;
  return hosts.some((other) => other.host === proxy?.toLowerCase()) ? undefined : proxy;
}

function locations(host: VirtualHost, extraConfig: string): string[] {
  const own = host.locations.flatMap(locationBlock);
  const takesAll = host.locations.some(({ match }) => match === "/");
  return [
    ...own,
    ...(takesAll ? [] : ["location / { return 404; }"]),
    ...extra(extraConfig, "extraConfig.server"),
  ];
}

function locationBlock({ match, app }: Location): string[] {
  return app.upstreams.length === 0
    ? unavailable(match)
    : [`location ${match} { proxy_pass http://${app.name}; }`];
}

function extra(text: string, from: string): string[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  return lines.length === 0 ? [] : [`# From ${from}:`, ...lines];
}

function block(name: string, lines: readonly string[]): string[] {
  return ["", `${name} {`, ...indent(2, lines), "}"];
}

function indent(by: number, lines: readonly string[]): string[] {
  return lines.map((line) => (line === "" ? line : " ".repeat(by) + line));
}
