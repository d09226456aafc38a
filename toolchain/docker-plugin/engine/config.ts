import type { PropertyMap, Value } from "../values";
import { isObject, text } from "../values";
import type { CheckFailure } from "../schema/check";

/** One entry of the provider's `registryAuth`. */
export interface RegistryAuth {
  readonly address: string;
  readonly username?: string;
  readonly password?: string;
  readonly configFile?: string;
  readonly configFileContent?: string;
  readonly authDisabled?: boolean;
}

export interface ProviderConfig {
  readonly host?: string;
  readonly context?: string;
  readonly certPath?: string;
  readonly caMaterial?: string;
  readonly certMaterial?: string;
  readonly keyMaterial?: string;
  readonly sshOpts: readonly string[];
  readonly registryAuth: readonly RegistryAuth[];
  readonly disableDockerDaemonCheck: boolean;
}

const TEXTS = ["host", "context", "certPath", "caMaterial", "certMaterial", "keyMaterial"] as const;
const OTHERS = ["sshOpts", "registryAuth", "disableDockerDaemonCheck"] as const;
/** Set by the Pulumi engine itself. */
const ENGINE_KEYS = ["version", "pluginDownloadURL", "pluginChecksums", "__internal"];

export function checkConfig(news: PropertyMap): CheckFailure[] {
  const failures: CheckFailure[] = [];
  const known: string[] = [...TEXTS, ...OTHERS, ...ENGINE_KEYS];
  for (const property of Object.keys(news).filter((name) => !known.includes(name))) {
    const allowed = [...TEXTS, ...OTHERS].join(", ");
    failures.push({
      property,
      reason: `the docker provider has no setting "${property}"; allowed: ${allowed}`,
    });
  }
  for (const property of OTHERS) {
    try {
      decode(news[property]);
    } catch {
      failures.push({ property, reason: "is not the JSON text that the Pulumi SDKs make of this setting" });
    }
  }
  return failures;
}

export function readConfig(args: PropertyMap): ProviderConfig {
  const sshOpts = decode(args.sshOpts);
  const registryAuth = decode(args.registryAuth);
  return {
    ...Object.fromEntries(
      TEXTS.map((name) => [name, text(args[name])] as const).filter(([, value]) => value !== ""),
    ),
    sshOpts: Array.isArray(sshOpts) ? sshOpts.map(text) : [],
    registryAuth: Array.isArray(registryAuth) ? registryAuth.filter(isObject).map(readRegistryAuth) : [],
    disableDockerDaemonCheck: decode(args.disableDockerDaemonCheck) === true,
  };
}

function readRegistryAuth(entry: PropertyMap): RegistryAuth {
  const texts = ["username", "password", "configFile", "configFileContent"] as const;
  return {
    address: text(entry.address),
    authDisabled: entry.authDisabled === true,
    ...Object.fromEntries(
      texts.map((name) => [name, text(entry[name])] as const).filter(([, value]) => value !== ""),
    ),
  };
}

/** Provider settings that are no strings travel as JSON text. */
function decode(value: Value | undefined): Value | undefined {
  return typeof value === "string" && value !== "" ? (JSON.parse(value) as Value) : value;
}
