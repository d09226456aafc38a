import { digestOf } from "../plan/proxyPlan";
import type { ProxyFile } from "./payload";

/** What TLS needs, as plain text. */
export interface TlsTexts {
  /** Certificate with its chain, PEM. */
  certificate: string;
  /** Its private key, PEM. */
  key: string;
  /** Port behind the host name to which plain HTTP is sent: `` for 443, else `:8443`; undefined without redirect. */
  redirect?: string;
}

/** What TLS adds to the configuration. */
export interface TlsFiles {
  files: ProxyFile[];
  /** Directives of each server that speaks TLS. */
  settings: string[];
  redirect?: string;
}

/**
 * Certificate and key as files whose names carry their content: a renewal adds files beside those in
 * use and changes nginx.conf, whose swap alone decides what is in force.
 */
export function tlsFiles({ certificate, key, redirect }: TlsTexts, directory: string): TlsFiles {
  const stem = `tls-${digestOf(`${certificate}\n${key}`).slice(0, 16)}`;
  return {
    files: [
      { name: `${stem}.crt`, text: certificate },
      { name: `${stem}.key`, text: key },
    ],
    settings: [
      `ssl_certificate ${directory}/${stem}.crt;`,
      `ssl_certificate_key ${directory}/${stem}.key;`,
      "ssl_protocols TLSv1.2 TLSv1.3;",
      // An app's zone has the app's name, which holds no underscore.
      "ssl_session_cache shared:webfarm_tls:2m;",
    ],
    ...(redirect === undefined ? {} : { redirect }),
  };
}

/** Where plain HTTP is sent, unless it is served as it is. */
export function redirectOf({ redirect }: { redirect: boolean }, publish: number | undefined) {
  if (!redirect) return {};
  return { redirect: publish === undefined || publish === 443 ? "" : `:${publish}` };
}
