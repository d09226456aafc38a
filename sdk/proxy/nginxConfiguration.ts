import type { ValidProxyArgs } from "../schema/proxy";
import { digestOf, type ProxyPlan } from "../plan/proxyPlan";

/** Port that the proxy listens on inside its container. */
export const proxyPort = 80;

/** Port on the container's own loopback where the proxy says which configuration its workers run. */
export const controlPort = 8089;

/** nginx.conf and the digest by which the reload recognises it in the running workers. */
export interface Configuration {
  text: string;
  digest: string;
}

/** The whole nginx.conf of a proxy with these upstreams (`host:port`). */
export function nginxConfiguration(plan: ProxyPlan, upstreams: readonly string[]): Configuration {
  const body = [
    ...httpSettings(plan.args),
    ...upstreamBlock(plan, upstreams),
    ...server(plan, upstreams.length > 0),
  ];
  const { maxAttempts, delaySeconds } = plan.args.start;
  return assemble(body, maxAttempts, delaySeconds);
}

/** What a new proxy runs until its first reload: no upstream yet. It must never change for a farm's settings. */
export function emptyConfiguration(): string {
  const body = ["  server {", `    listen ${proxyPort};`, ...indent(4, [...health, ...unavailable]), "  }"];
  return assemble(body, 60, 1).text;
}

/** The text names itself by its own digest, so everything but that name goes into the digest. */
function assemble(body: readonly string[], startAttempts: number, startDelaySeconds: number): Configuration {
  const render = (digest: string) => layout(body, startAttempts, startDelaySeconds, digest);
  const digest = digestOf(render(""));
  return { text: render(digest), digest };
}

function layout(
  body: readonly string[],
  startAttempts: number,
  startDelaySeconds: number,
  digest: string,
): string {
  return [
    "# Written by pulumi-webfarm; the next reload replaces it. Changes by hand do not last.",
    `# webfarm-digest ${digest}`,
    "# Read by the start script: how often it tries, and how many seconds apart.",
    `# webfarm-start ${startAttempts} ${startDelaySeconds}`,
    "worker_processes auto;",
    "error_log /dev/stderr notice;",
    "pid /webfarm/nginx.pid;",
    "events { worker_connections 4096; }",
    "http {",
    ...body,
    "",
    "  # Seen from inside the container only: which configuration the workers run.",
    "  server {",
    `    listen 127.0.0.1:${controlPort};`,
    "    access_log off;",
    `    location = /digest { return 200 "${digest}\\n"; }`,
    "  }",
    "}",
    "",
  ].join("\n");
}

const health = ['location = /_webfarm/health { access_log off; return 200 "ok\\n"; }'];

const unavailable = [
  "location / {",
  "  # No replica is in rotation.",
  "  add_header Retry-After 5 always;",
  "  return 503;",
  "}",
];

function httpSettings(args: ValidProxyArgs): string[] {
  return indent(2, [
    "log_format webfarm '$remote_addr [$time_iso8601] \"$request\" $status $body_bytes_sent '",
    "                   'upstream=$upstream_addr upstream_status=$upstream_status time=$request_time';",
    "access_log /dev/stdout webfarm;",
    "server_tokens off;",
    `client_max_body_size ${args.maxBodySizeMb}m;`,
    // Keeps connections to the replicas open between requests, and lets websockets through.
    "map $http_upgrade $webfarm_connection { default upgrade; '' ''; }",
  ]);
}

const balancing: Record<ValidProxyArgs["loadBalancing"], string[]> = {
  roundRobin: [],
  leastConnections: ["least_conn;"],
  ipHash: ["ip_hash;"],
};

function upstreamBlock(plan: ProxyPlan, upstreams: readonly string[]): string[] {
  if (upstreams.length === 0) return [];
  const { loadBalancing, keepAliveConnections } = plan.args;
  return indent(2, [
    "",
    `upstream ${plan.service} {`,
    ...indent(2, [
      // One table for all workers; about half a KiB for each server.
      `zone ${plan.service} ${64 + upstreams.length}k;`,
      ...balancing[loadBalancing],
      ...upstreams.map((address) => `server ${address};`),
      ...(keepAliveConnections > 0 ? [`keepalive ${keepAliveConnections};`] : []),
    ]),
    "}",
  ]);
}

function server(plan: ProxyPlan, serving: boolean): string[] {
  const { serverName } = plan.args;
  return indent(2, [
    "",
    "server {",
    ...indent(2, [
      `listen ${proxyPort};`,
      ...(serverName === undefined ? [] : [`server_name ${serverName};`]),
      ...health,
      ...(serving ? passTo(plan) : unavailable),
    ]),
    "}",
  ]);
}

function passTo(plan: ProxyPlan): string[] {
  const { connectSeconds, readSeconds, sendSeconds } = plan.args.timeouts;
  return [
    "location / {",
    ...indent(2, [
      `proxy_pass http://${plan.service};`,
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
      "proxy_next_upstream_tries 3;",
    ]),
    "}",
  ];
}

function indent(by: number, lines: readonly string[]): string[] {
  return lines.map((line) => (line === "" ? line : " ".repeat(by) + line));
}
