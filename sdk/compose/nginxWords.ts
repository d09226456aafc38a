import type { Directive } from "./nginxFile";
import type { Place } from "./place";

/** Directives that the farm's own configuration answers for; they do not change what a client gets. */
export const ours = new Set([
  "worker_processes",
  "events",
  "error_log",
  "pid",
  "daemon",
  "master_process",
  "user",
  "access_log",
  "log_format",
  "default_type",
  "sendfile",
  "tcp_nopush",
  "tcp_nodelay",
  "keepalive_timeout",
  "types_hash_max_size",
  "server_tokens",
  "proxy_http_version",
  "gzip_proxied",
  "gzip_vary",
  "gzip_min_length",
  "gzip_types",
  "error_page",
  "charset",
  "zone",
  "server_names_hash_bucket_size",
  "resolver",
  "proxy_next_upstream",
  "proxy_next_upstream_tries",
]);

/** Headers that the farm sends to the apps anyway, by the values that mean the same. */
export const headers: Readonly<Record<string, readonly string[]>> = {
  host: ["$http_host", "$host"],
  "x-real-ip": ["$remote_addr"],
  "x-forwarded-for": ["$proxy_add_x_forwarded_for", "$remote_addr"],
  "x-forwarded-host": ["$http_host", "$host"],
  "x-forwarded-proto": ["$scheme"],
  upgrade: ["$http_upgrade"],
  connection: ["upgrade", "", "$connection_upgrade", "$webfarm_connection"],
};

export const times = {
  proxy_connect_timeout: "connectSeconds",
  proxy_read_timeout: "readSeconds",
  proxy_send_timeout: "sendSeconds",
} as const;

/** Parts of every nginx's configuration that the farm's has as well. */
export function isUsual({ name, words }: Directive): boolean {
  if (name === "include") return /(^|[\\/])mime\.types$|(^|[\\/])conf\.d[\\/]\*\.conf$/.test(words[0] ?? "");
  return name === "map" && words[0] === "$http_upgrade";
}

export function startAt(block: readonly Directive[]): Place {
  const [first] = block;
  if (first === undefined) throw new Error("a server with two names has a directive");
  return first.at;
}

export function proxies({ block = [] }: Directive): boolean {
  return block.some(({ name }) => name === "proxy_pass");
}

export function takesAll({ words }: Directive): boolean {
  return words.length === 1 && words[0] === "/";
}

export function hostAndPort(text: string): { host: string; port: number | undefined } {
  const [host = "", port] = text.split(":");
  return { host, port: port === undefined ? undefined : Number(port) };
}

export function secondsOf(text: string): number | undefined {
  const [, amount, unit = "s"] = /^(\d+)(s|m|h)?$/.exec(text) ?? [];
  return amount === undefined
    ? undefined
    : Number(amount) * { s: 1, m: 60, h: 3600 }[unit as "s" | "m" | "h"];
}

export function mebibytesOf(text: string): number | undefined {
  const [, amount, unit = ""] = /^(\d+)([kmg])?$/i.exec(text) ?? [];
  if (amount === undefined) return undefined;
  const bytes = Number(amount) * 1024 ** ["", "k", "m", "g"].indexOf(unit.toLowerCase());
  return Number.isInteger(bytes / 1024 ** 2) ? bytes / 1024 ** 2 : undefined;
}
