import { extname } from "node:path";
import type { ProxyArgs } from "../args";
import type { AppPlan } from "../plan/farmPlan";
import type { PlatformTraits } from "../platform/platform";
import { nginxConfiguration } from "../proxy/nginxConfiguration";
import { proxyPort, publishedPorts } from "../proxy/ports";
import { redirectOf, type TlsTexts } from "../proxy/tls";
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

/** The variables of the proxy's container that hold the files of its configuration. */
const variables: Readonly<Record<string, string>> = {
  ".conf": "WEBFARM_NGINX_CONF",
  ".crt": "WEBFARM_TLS_CERTIFICATE",
  ".key": "WEBFARM_TLS_KEY",
};

/**
 * The proxy as compose runs it: its nginx.conf travels in the environment, which works on every engine, near
 * or far. It asks each app by the name that all replicas share, as compose knows no single ones.
 */
export function proxyService(farm: Export): ComposeMap {
  const { plan, args, valid, traits } = farm;
  const { image } = valid.proxy;
  const apps = plan.apps.filter(({ routes }) => routes.length > 0);
  const tests = traits.probe({ kind: "http", port: proxyPort, path: "/_webfarm/health" }, valid.hostRelease);
  const files = configurationFiles(farm, apps);
  return escaped(
    withoutUndefined({
      ...imageOf(image ?? `webfarm/${plan.name}-proxy:${valid.hostRelease}`, farm),
      ports: publishedPorts(valid.proxy).map(({ internal, external }) =>
        external === undefined ? String(internal) : `${external}:${internal}`,
      ),
      environment: Object.fromEntries(files.map(({ variable, text }) => [variable, text])),
      entrypoint: startCommand(traits, files),
      depends_on: Object.fromEntries(apps.map(({ name }) => [name, { condition: conditionOf(name, farm) }])),
      restart: "unless-stopped",
      healthcheck: healthcheck({ tests, ...traits.checkTimes, retries: 3 }),
      "x-webfarm": { role: "proxy", ...settingsOf(args.proxy) },
    }),
  );
}

/** A file of the proxy, and the variable that brings it. */
interface VariableFile {
  variable: string;
  name: string;
  text: string;
}

function configurationFiles({ args, valid, traits }: Export, apps: readonly AppPlan[]): VariableFile[] {
  const { tls } = valid.proxy;
  // The references in the place of the texts, which are not written.
  const { certificate, key } = (args.proxy.tls ?? {}) as TlsTexts;
  const { files } = nginxConfiguration({
    apps: apps.map((app) => ({ ...app, upstreams: [`${app.service.alias ?? app.name}:${app.port}`] })),
    args: { ...valid.proxy, discovery: "replicas" },
    nginx: traits.proxy.nginx,
    ...(tls === undefined ? {} : { tls: { certificate, key, ...redirectOf(tls, valid.proxy.publish) } }),
  });
  return files.map(({ name, text }) => ({ variable: variables[extname(name)] ?? "", name, text }));
}

/** Everything that compose has no words for, in an order of its own. */
function settingsOf(proxy: ProxyArgs): ComposeMap {
  return withoutUndefined(Object.fromEntries(proxyKeys.map((key) => [key, proxy[key]])));
}

/**
 * Writes the files and starts nginx; on Windows again and again, as a name may be cached before it exists.
 */
function startCommand({ name }: PlatformTraits, files: readonly VariableFile[]): string[] {
  if (name === "linux") {
    const write = files.map(({ variable, name }) => `printf '%s' "$${variable}" > /webfarm/${name}`);
    const all = [
      "umask 077",
      "mkdir -p /webfarm",
      ...write,
      "exec nginx -c /webfarm/nginx.conf -g 'daemon off;'",
    ];
    return ["sh", "-c", all.join(" && ")];
  }
  const write = [
    "New-Item -Force -ItemType Directory c:\\webfarm | Out-Null",
    ...files.map(({ variable, name }) => `[IO.File]::WriteAllText('c:\\webfarm\\${name}', $env:${variable})`),
  ];
  const start = "while ($true) { ipconfig /flushdns; .\\nginx.exe -c c:/webfarm/nginx.conf; Start-Sleep 1 }";
  return ["powershell", "-NoProfile", "-Command", [...write, "Set-Location c:\\nginx", start].join("; ")];
}
