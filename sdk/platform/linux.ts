import { digestOf } from "../plan/proxyPlan";
import { encodeBytes, writeBytes } from "../proxy/payload";
import { askNginx, reloadScript, startScript } from "../proxy/linuxScripts";
import type { PlatformTraits } from "./platform";

/** Linux engines: the twin of the product, for laptops and CI. */
export const linux: PlatformTraits = {
  name: "linux",
  // The docker plugin reports these as updated and changes nothing in the container (facts measured
  // with plugin 5.1.0; see docs/architecture.md, "What needs a new container").
  // `mustRun` changes by a refresh only, when a container was found that does not run.
  replaceOnChanges: ["mustRun", "healthcheck", "tmpfs", "init", "cpuPeriod", "cpuQuota"],
  memorySwapMb: (memoryMb) => memoryMb * 2,
  checkTimes: { intervalSeconds: 2, timeoutSeconds: 5, startPeriodSeconds: 10 },
  probe(probe) {
    if (probe.kind === "command") return ["CMD-SHELL", probe.command];
    if (probe.kind === "tcp") {
      // The kernel's own table of sockets (0A: listening): no tool needed, and no connection made.
      const port = probe.port.toString(16).toUpperCase().padStart(4, "0");
      return ["CMD-SHELL", `grep -qsE ':${port} 0+:0000 0A' /proc/net/tcp /proc/net/tcp6`];
    }
    const url = `http://127.0.0.1:${probe.port}${probe.path}`;
    // Images have one of the two; busybox and Alpine have wget, Debian's web images mostly curl.
    return [
      "CMD-SHELL",
      `if command -v wget >/dev/null 2>&1; then wget -q -O /dev/null '${url}'; else curl -fsS -o /dev/null '${url}'; fi`,
    ];
  },
  pathFault(side, path) {
    if (!path.startsWith("/")) return { message: "is not absolute", hint: "begin with /, such as /srv/data" };
    if (side === "container" && /^\/+$/.test(path)) {
      return {
        message: "is the container's own root, which no mount can take the place of",
        hint: "mount a directory below it, such as /data",
      };
    }
    return undefined;
  },
  isAbsolute: (path) => path.startsWith("/"),
  ignoresCase: false,
  idleCommand: ["ping", "localhost"],
  shell: "sh",
  consoleImage: () => undefined,
  loopsBack: () => true,
  proxy: {
    startScript: "/webfarm/start-nginx.sh",
    reloadScript: "/webfarm/reload.sh",
    versionedReloadScript: `/webfarm/reload-${digestOf(reloadScript).slice(0, 8)}.sh`,
    isThere: ["test", "-f"],
    write: writeBytes,
    scripts: { start: startScript, reload: reloadScript },
    emptyConfiguration: "/webfarm/empty.conf",
    stopSignal: "SIGQUIT",
    interpreter: ["sh"],
    program: "nginx",
    print: ["cat"],
    logsToEngine: true,
    askNginx: ["sh", "-c", askNginx],
    configuration: "/webfarm/nginx.conf",
    running: "/webfarm/running.conf",
    encode: encodeBytes,
    nginx: {
      directory: "/webfarm",
      main: ["worker_processes auto;", "error_log /dev/stderr notice;", "pid /webfarm/nginx.pid;"],
      accessLog: "/dev/stdout",
      workerConnections: 4096,
      zonesOutliveReloads: true,
      // The engine's own name server in every user-defined network.
      resolver: "127.0.0.11",
    },
  },
};
