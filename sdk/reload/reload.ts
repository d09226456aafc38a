import type Docker from "dockerode";
import { compareUpstreams } from "../plan/proxyPlan";
import { replicaChange, summaryLine } from "../plan/summary";
import type { ProxyPaths } from "../platform/platform";
import type { Configuration } from "../proxy/nginxConfiguration";
import { reloadExit } from "../proxy/linuxScripts";
import type { ValidProxyArgs } from "../schema/proxy";
import { exec, isNotRunning, type ExecOptions, type ExecResult } from "./exec";
import type { ReloadInput } from "./reloadInput";

/** How often a configuration is sent that does not arrive whole. */
const deliveries = 3;

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
  const { limits, log } = options;
  log(changesOf(input, before));
  const leaves = Object.entries(before?.upstreams ?? {}).some(
    ([app, upstreams]) => compareUpstreams(upstreams, input.upstreams[app] ?? []).leaving.length > 0,
  );
  const drain = leaves ? limits.drainSeconds : 0;

  const started = Date.now();
  const container = engine.getContainer(input.proxy);
  const run: Run = (command, options) =>
    exec(container, command, options).catch((error: unknown) => {
      throw isNotRunning(error) ? new Error(notRunning(input.proxy, error)) : error;
    });
  const send = () => deliver(run, configuration, drain, options);
  let result = await send();
  // A proxy that starts at this moment clears away what a reload before its start has left, and may take this
  // one's for it.
  for (let sent = 1; result.exitCode === reloadExit.incomplete && sent < deliveries; sent++) {
    log(`${input.proxy}: sending the configuration again (${sent + 1} of ${deliveries})`);
    result = await send();
  }
  if (result.exitCode !== 0) throw new Error(explain(input.proxy, result.exitCode, result.lines));
  log(`${input.proxy} reloaded in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** Runs a command in the proxy. */
type Run = (command: string[], options: ExecOptions) => Promise<ExecResult>;

/** Brings the files into the proxy and runs the script that takes them up. */
async function deliver(
  run: Run,
  { files }: Configuration,
  drain: number,
  { limits, paths, log }: ReloadOptions,
): Promise<ExecResult> {
  const payload = paths.encode(files);
  // A proxy that an older version of the library made has only that version's script; it keeps it beside this one.
  const { exitCode } = await run([...paths.isThere, paths.versionedReloadScript], { timeoutSeconds: 60 });
  const script = exitCode === 0 ? [] : paths.write(paths.versionedReloadScript, paths.scripts.reload);
  for (const { command, ...given } of [...script, ...payload.commands]) {
    const brought = await run(command, { ...given, timeoutSeconds: 60 });
    if (brought.exitCode !== 0) return { ...brought, exitCode: reloadExit.incomplete };
  }
  const numbers = [limits.maxAttempts, limits.delaySeconds, drain].map(String);
  return run([...paths.interpreter, paths.versionedReloadScript, ...payload.parameters, ...numbers], {
    ...(payload.input !== undefined && { input: payload.input }),
    // The script's own limits come first: its lock 60 s, its check of the workers 10 s, each nginx -t some seconds.
    timeoutSeconds: 120 + limits.maxAttempts * (limits.delaySeconds + 5) + drain,
    onLine: log,
  });
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

/** What an exit code of the reload script means, and what to do. */
export const reloadAdvice: Readonly<Record<number, string>> = {
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
  const hint =
    reloadAdvice[exitCode] ?? `the reload script ended with code ${exitCode}; look at the proxy's log.`;
  return [`${proxy}: ${hint}`, ...words, ...lines.slice(-5).map((line) => `  | ${line}`)].join("\n");
}
