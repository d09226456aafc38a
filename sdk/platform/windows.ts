import { digestOf } from "../plan/proxyPlan";
import { encodePieces, writePieces } from "../proxy/payload";
import { askNginx, reloadScript } from "../proxy/windowsReload";
import { startScript } from "../proxy/windowsStart";
import type { PlatformTraits, Probe, ProxyPaths } from "./platform";
import { imageTags } from "./releases";
import { windowsPathFault } from "./windowsPaths";

/** The proxy of a Windows farm: nginx in c:\\nginx, everything of ours in c:\\webfarm. */
export const windowsProxy: ProxyPaths = {
  startScript: "c:\\webfarm\\start-nginx.cmd",
  reloadScript: "c:\\webfarm\\reload.cmd",
  versionedReloadScript: `c:\\webfarm\\reload-${digestOf(reloadScript).slice(0, 8)}.cmd`,
  isThere: ["cmd", "/s", "/c", "dir"],
  write: writePieces,
  scripts: { start: startScript, reload: reloadScript },
  emptyConfiguration: "c:\\webfarm\\empty.conf",
  interpreter: ["cmd", "/s", "/c"],
  program: "c:\\nginx\\nginx.exe",
  print: ["cmd", "/s", "/c", "type"],
  logsToEngine: false,
  askNginx: ["cmd", "/s", "/c", askNginx],
  configuration: "c:\\webfarm\\nginx.conf",
  running: "c:\\webfarm\\running.conf",
  encode: encodePieces,
  nginx: {
    directory: "c:/webfarm",
    // One worker does all the work on Windows, and there are no /dev files to log to.
    main: ["worker_processes 1;", "error_log c:/webfarm/error.log notice;", "pid c:/webfarm/nginx.pid;"],
    accessLog: "c:/webfarm/access.log",
    // select() ends at 1024.
    workerConnections: 1024,
    zonesOutliveReloads: false,
  },
};

/** Windows Server engines with the WinNAT driver. */
export const windows: PlatformTraits = {
  name: "windows",
  externalNetwork: "nat",
  // The engine answers ContainerUpdate of resources with "resource updating isn't supported on Windows"
  // (moby, daemon_windows.go); a changed restart policy re-sends the memory and fails the same way; the
  // others are reported as updated and change nothing.
  replaceOnChanges: [
    "mustRun",
    "healthcheck",
    "tmpfs",
    "init",
    "cpuPeriod",
    "cpuQuota",
    "memory",
    "memorySwap",
    "memoryReservation",
    "cpuShares",
    "cpuSet",
    "restart",
    "maxRetryCount",
  ],
  // "invalid option: Windows does not support MemorySwap" (moby, hostconfig_windows.go).
  memorySwapMb: () => undefined,
  checkTimes: { intervalSeconds: 5, timeoutSeconds: 15, startPeriodSeconds: 60 },
  probe(probe, release) {
    if (probe.kind === "command") return ["CMD-SHELL", probe.command];
    // curl.exe is part of the images since version 1803; ltsc2016 has PowerShell only.
    return release === "2016" ? powershellProbe(probe) : curlProbe(probe);
  },
  pathFault: windowsPathFault,
  isAbsolute: (path) => /^[a-z]:[\\/]/i.test(path),
  ignoresCase: true,
  idleCommand: ["ping", "-t", "localhost"],
  shell: "cmd",
  consoleImage: (release) => `mcr.microsoft.com/windows/servercore:${imageTags[release]}`,
  // Published ports loop back on the host since build 17763 (docker/for-win#458).
  loopsBack: (release) => release !== "2016",
  proxy: windowsProxy,
};

type PortProbe = Exclude<Probe, { kind: "command" }>;

function powershellProbe(probe: PortProbe): string[] {
  const script =
    probe.kind === "tcp"
      ? `try { (New-Object Net.Sockets.TcpClient).Connect('127.0.0.1', ${probe.port}) } catch { exit 1 }`
      : `try { exit [int]((Invoke-WebRequest -UseBasicParsing 'http://127.0.0.1:${probe.port}${probe.path}').StatusCode -ge 400) } catch { exit 1 }`;
  return ["CMD", "powershell", "-NoProfile", "-Command", script];
}

function curlProbe(probe: PortProbe): string[] {
  if (probe.kind === "http") {
    return ["CMD", "curl.exe", "-fsS", "-o", "NUL", `http://127.0.0.1:${probe.port}${probe.path}`];
  }
  // Whatever the service answers, only curl's code 7 means that nobody took the connection.
  const ask = `curl.exe -s -o NUL -m 5 http://127.0.0.1:${probe.port}/`;
  return ["CMD-SHELL", `${ask} & if errorlevel 8 (exit 0) else if errorlevel 7 (exit 1) else exit 0`];
}
