import type { Platform } from "../args";
import { swarmStartScript as linux } from "./linuxSwarm";
import { swarmStartScript as windows } from "./windowsSwarm";

/** The main process of a proxy on a swarm: where its script is, its text, and what runs it. */
export interface SwarmStart {
  /** Beside it lies `nginx.conf`. */
  path: string;
  script: string;
  /** Runs the script: the start of an argument vector. */
  interpreter: readonly string[];
}

/** The start script of a proxy on a swarm, for each platform. */
export const swarmStart: Record<Platform, SwarmStart> = {
  linux: { path: "/webfarm/start-swarm.sh", script: linux, interpreter: ["sh"] },
  windows: { path: "c:\\webfarm\\start-swarm.cmd", script: windows, interpreter: ["cmd", "/s", "/c"] },
};

/**
 * Kernel settings of the proxy's own network namespace, for Linux: how long a connection lasts whose other end is gone
 * without a word, as after a power cut. By themselves it would be a quarter of an hour for a request that was not taken
 * over, and for ever for one that was; with these it is twelve and six seconds, and nginx asks another task.
 */
export const swarmSysctls: Readonly<Record<string, string>> = {
  "net.ipv4.tcp_retries2": "5",
  "net.ipv4.tcp_keepalive_time": "3",
  "net.ipv4.tcp_keepalive_intvl": "1",
  "net.ipv4.tcp_keepalive_probes": "3",
};
