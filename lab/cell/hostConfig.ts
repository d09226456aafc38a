import { existsSync } from "node:fs";

/**
 * What every cell is run with on a Linux engine: bounds, as Wine without them has taken a whole machine with it,
 * and, where the kernel has it, that a closing listener hands over the connections that nobody has taken yet.
 * Two listeners on one port are two queues on Linux and one on Windows.
 */
export const cellHostConfig = {
  Memory: 1024 ** 3,
  PidsLimit: 400,
  Sysctls: existsSync("/proc/sys/net/ipv4/tcp_migrate_req") ? { "net.ipv4.tcp_migrate_req": "1" } : {},
};
