import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type Docker from "dockerode";
import { bounded } from "../preflight/bounded";
import { replicaChange, summaryLine, upstreamsIn, type ProxyChange } from "../plan/summary";
import { isNotRunning } from "../reload/exec";
import type { Configuration } from "../proxy/nginxConfiguration";
import { lookAtProxy, readProxy, type ProxyState } from "../reload/look";
import { reloadProxy } from "../reload/reload";
import { warnings } from "../schema/warnings";
import { isMocked } from "./hooks";
import { known, upstreamsOf, type ProxySetting } from "./proxyInputs";

/** A look at a proxy may not hold up a preview. */
const lookSeconds = 15;

interface Watched {
  engine: () => Promise<Docker>;
  setting: ProxySetting;
  configuration: pulumi.Output<Configuration>;
  container: docker.Container;
  log: (line: string) => void;
  warn: (line: string) => void;
}

/**
 * Says in the preview, in one line, what will happen to the replicas and to the proxy, and warns of a
 * configuration that was changed by hand. An engine that does not answer is no reason to fail here.
 */
export function announce({ engine, setting, configuration, container, log, warn }: Watched): void {
  if (isMocked() || !pulumi.runtime.isDryRun()) return;
  const digest = pulumi.unsecret(configuration.apply(({ digest }) => digest));
  pulumi.all([container.name, digest, upstreamsOf(setting)]).apply(async ([name, digest, upstreams]) => {
    const look = async () => lookAtProxy(await engine(), setting.owner, name, setting.paths);
    const now = await bounded(look(), lookSeconds).catch((error: unknown) => {
      void pulumi.log.debug(`no look at the proxy: ${String(error)}`);
      return "unknown" as const;
    });
    if (now === "unknown") return;
    if (now?.changedByHand === true) {
      warn(warnings.changedByHand(now.name));
    }
    const before = upstreamsIn(now?.text ?? "");
    const changes = Object.entries(upstreams).map(([app, after]) =>
      replicaChange(app, before.get(app) ?? [], after),
    );
    const change = changeOf(now, name, digest);
    if (change !== "stays") log(summaryLine(changes, change, setting.stopSeconds));
  });
}

function changeOf(now: ProxyState | undefined, name: string, digest: string): ProxyChange {
  if (now === undefined) return "starts";
  if (now.name !== name) return "isReplaced";
  return now.digest === digest ? "stays" : "reloads";
}

/**
 * Puts right in the `up` what was changed in the proxy by hand, which no state can know of. It resolves
 * when the proxy has what it should have.
 */
export function putRight(
  { engine, setting, configuration, container, log, warn }: Watched,
  reload: pulumi.Stash,
): pulumi.Output<void> {
  if (isMocked() || pulumi.runtime.isDryRun()) return pulumi.output(undefined);
  return pulumi.all([reload.urn, container.name]).apply(async ([, proxy]) => {
    const wanted = await known(configuration);
    const now = await readProxy(await engine(), proxy, setting.paths).catch((error: unknown) => {
      if (!isNotRunning(error)) throw error;
      return "stopped" as const;
    });
    if (now === "stopped") {
      warn(warnings.proxyStopped(proxy));
      return;
    }
    if (now?.digest === wanted.digest) return;
    warn(warnings.putRight(proxy));
    const upstreams = await known(upstreamsOf(setting));
    const input = { proxy, configuration: wanted.digest, upstreams };
    const { paths, args } = setting;
    await reloadProxy(await engine(), input, undefined, wanted, { limits: args.reload, paths, log });
  });
}
