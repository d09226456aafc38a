import type { ProxyArgs } from "../args";
import type { PlatformTraits } from "../platform/platform";
import { nginxConfiguration } from "../proxy/nginxConfiguration";
import { proxyPort } from "../proxy/ports";
import { FarmError } from "../schema/farmError";
import { proxyKeys } from "./extension";
import {
  conditionOf,
  escaped,
  healthcheck,
  imageOf,
  withoutUndefined,
  type ComposeMap,
  type Export,
} from "./parts";

/** The variable of the proxy's container that holds its nginx.conf. */
const variable = "WEBFARM_NGINX_CONF";

/**
 * The proxy as compose runs it: its nginx.conf travels in the environment, which works on every engine, near
 * or far. It asks each app by the name that all replicas share, as compose knows no single ones.
 */
export function proxyService(farm: Export): ComposeMap {
  const { plan, args, valid, traits } = farm;
  const { publish, tls, image } = valid.proxy;
  if (tls !== undefined) {
    throw new FarmError(`WindowsWebFarm "${plan.name}"`, [
      {
        path: "proxy.tls",
        code: "unsupported",
        message: "has no place in a compose file, which would hold the certificate's key",
        hint: "leave tls out of the farm that is written, and encrypt before it",
      },
    ]);
  }
  const apps = plan.apps.filter(({ routes }) => routes.length > 0);
  const { nginx } = traits.proxy;
  const { text } = nginxConfiguration({
    apps: apps.map((app) => ({ ...app, upstreams: [`${app.service.alias ?? app.name}:${app.port}`] })),
    args: { ...valid.proxy, discovery: "replicas" },
    nginx,
  });
  const tests = traits.probe({ kind: "http", port: proxyPort, path: "/_webfarm/health" }, valid.hostRelease);
  return escaped(
    withoutUndefined({
      ...imageOf(image ?? `webfarm/${plan.name}-proxy:${valid.hostRelease}`, farm),
      ports: [publish === undefined ? String(proxyPort) : `${publish}:${proxyPort}`],
      environment: { [variable]: text },
      entrypoint: startCommand(traits),
      depends_on: Object.fromEntries(apps.map(({ name }) => [name, { condition: conditionOf(name, farm) }])),
      restart: "unless-stopped",
      healthcheck: healthcheck({ tests, ...traits.checkTimes, retries: 3 }),
      "x-webfarm": { role: "proxy", ...settingsOf(args.proxy) },
    }),
  );
}

/** Everything that compose has no words for, in an order of its own. */
function settingsOf(proxy: ProxyArgs): ComposeMap {
  return withoutUndefined(Object.fromEntries(proxyKeys.map((key) => [key, proxy[key]])));
}

/** Writes nginx.conf and starts nginx; on Windows again and again, as a name may be cached before it exists. */
function startCommand({ name }: PlatformTraits): string[] {
  if (name === "linux") {
    const write = `mkdir -p /webfarm && printf '%s' "$${variable}" > /webfarm/nginx.conf`;
    return ["sh", "-c", `${write} && exec nginx -c /webfarm/nginx.conf -g 'daemon off;'`];
  }
  const write = [
    "New-Item -Force -ItemType Directory c:\\webfarm | Out-Null",
    `[IO.File]::WriteAllText('c:\\webfarm\\nginx.conf', $env:${variable})`,
  ];
  const start = "while ($true) { ipconfig /flushdns; .\\nginx.exe -c c:/webfarm/nginx.conf; Start-Sleep 1 }";
  return ["powershell", "-NoProfile", "-Command", [...write, "Set-Location c:\\nginx", start].join("; ")];
}
