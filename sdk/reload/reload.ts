import type Docker from "dockerode";
import { compareUpstreams } from "../plan/proxyPlan";
import { replicaChange, summaryLine } from "../plan/summary";
import type { ProxyPaths } from "../platform/platform";
import type { Configuration } from "../proxy/nginxConfiguration";
import type { PayloadCommand } from "../proxy/payload";
import { reloadExit } from "../proxy/linuxScripts";
import type { ValidProxyArgs } from "../schema/proxy";
import { exec, isNotRunning, type ExecOptions } from "./exec";
import type { ReloadInput } from "./reloadInput";

/** Options of {@link reloadProxy}. */
export interface ReloadOptions {
  limits: ValidProxyArgs["reload"];
  paths: ProxyPaths;
  log: (line: string) => void;
}

/**
 * Brings `configuration` into the proxy that `input` names, then drains the replicas that left since
 * `before`.
 *
 * @throws Error with nginx's own words when the proxy keeps the old configuration
 */
export async function reloadProxy(
  engine: Docker,
  input: ReloadInput,
  before: ReloadInput | undefined,
  configuration: Configuration,
  options: ReloadOptions,
): Promise<void> {
  const { limits, paths, log } = options;
  log(changesOf(input, before));
  const leaves = Object.entries(before?.upstreams ?? {}).some(
    ([app, upstreams]) => compareUpstreams(upstreams, input.upstreams[app] ?? []).leaving.length > 0,
  );
  const drain = leaves ? limits.drainSeconds : 0;

  const started = Date.now();
  const container = engine.getContainer(input.proxy);
  const run = (command: string[], options: ExecOptions) =>
    exec(container, command, options).catch((error: unknown) => {
      throw isNotRunning(error) ? new Error(notRunning(input.proxy, error)) : error;
    });
  const bring = async (commands: readonly PayloadCommand[]) => {
    for (const { command, ...options } of commands) {
      const { exitCode, lines } = await run(command, { ...options, timeoutSeconds: 60 });
      if (exitCode !== 0) throw new Error(explain(input.proxy, reloadExit.incomplete, lines));
    }
  };
  // A proxy that an older version of the library made has only that version's script; it keeps it beside this one.
  const { exitCode } = await run([...paths.isThere, paths.versionedReloadScript], { timeoutSeconds: 60 });
  if (exitCode !== 0) await bring(paths.write(paths.versionedReloadScript, paths.scripts.reload));
  const payload = paths.encode(configuration.files);
  await bring(payload.commands);
  const numbers = [limits.maxAttempts, limits.delaySeconds, drain].map(String);
  const command = [...paths.interpreter, paths.versionedReloadScript, ...payload.parameters, ...numbers];
  const result = await run(command, {
    ...(payload.input !== undefined && { input: payload.input }),
    // The script's own limits come first: its lock 60 s, its check of the workers 10 s, each nginx -t some seconds.
    timeoutSeconds: 120 + limits.maxAttempts * (limits.delaySeconds + 5) + drain,
    onLine: log,
  });
  if (result.exitCode !== 0) throw new Error(explain(input.proxy, result.exitCode, result.lines));
  log(`${input.proxy} reloaded in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

function notRunning(proxy: string, error: unknown): string {
  return (
    `${proxy}: the proxy does not run (${String(error)}). Look at docker logs ${proxy}; if it is gone, ` +
    "run pulumi refresh. Then run pulumi up again."
  );
}

/** `webapp 2 -> 5: +3 replicas, proxy reloads`. */
function changesOf(input: ReloadInput, before: ReloadInput | undefined): string {
  const apps = new Set([...Object.keys(before?.upstreams ?? {}), ...Object.keys(input.upstreams)]);
  // An old state may hold a list for the one app that there was, which has no name there.
  const changes = [...apps]
    .filter((app) => app !== "")
    .map((app) => replicaChange(app, before?.upstreams[app] ?? [], input.upstreams[app] ?? []));
  const proxy = before === undefined ? "starts" : before.proxy === input.proxy ? "reloads" : "wasReplaced";
  return summaryLine(changes, proxy);
}

const advice: Record<number, string> = {
  [reloadExit.refused]:
    "nginx refused the configuration; the old one is in force. Mend what nginx names and run pulumi up again.",
  [reloadExit.busy]: "another reload holds the proxy; wait for it and run pulumi up again.",
  [reloadExit.incomplete]:
    "the configuration did not arrive whole; the old one is in force. Run pulumi up again.",
  [reloadExit.notTaken]:
    "nginx did not take the configuration up; the old one is back. Look at the proxy's log.",
};

function explain(proxy: string, exitCode: number, lines: readonly string[]): string {
  const words = lines.some((line) => line.includes('invalid parameter "resolve"'))
    ? ['  discovery: "resolve" needs nginx 1.27.3 or later; use "replicas" or a newer image.']
    : [];
  const hint = advice[exitCode] ?? `the reload script ended with code ${exitCode}; look at the proxy's log.`;
  return [`${proxy}: ${hint}`, ...words, ...lines.slice(-5).map((line) => `  | ${line}`)].join("\n");
}
