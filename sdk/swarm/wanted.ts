import type { Owner } from "../plan/labels";
import { publishedPorts } from "../proxy/ports";
import type { ValidProxyArgs } from "../schema/proxy";
import { formatPath } from "../schema/validate";
import type { ValidPort } from "../schema/ports";
import type { WantedService } from "./clusterFinding";

/** What a service asks of a swarm; `path` is where its arguments stand. Pure. */
export function wantedService(
  { replicas, constraints, ports }: { replicas: number; constraints: string[]; ports: ValidPort[] },
  owner: Owner,
  path: readonly string[] = [],
): WantedService {
  return {
    ...{ path: formatPath(path), owner, replicas, constraints },
    ports: ports.flatMap(({ host, protocol }, index) =>
      host === undefined
        ? []
        : [
            {
              path: formatPath([...path, "ports", index, "host"]),
              port: host,
              mode: "host" as const,
              protocol,
            },
          ],
    ),
  };
}

/** What a proxy asks of a swarm. Pure. */
export function wantedProxy(args: ValidProxyArgs, owner: Owner): WantedService {
  const { replicas, constraints, publishMode: mode, publish } = args;
  return {
    ...{ path: "proxy", owner: { ...owner, service: "proxy" }, constraints },
    ...(replicas === undefined ? {} : { replicas }),
    ports: publishedPorts(args).flatMap(({ external: port }) =>
      port === undefined
        ? []
        : [{ path: port === publish ? "proxy.publish" : "proxy.tls.publishHttp", port, mode }],
    ),
  };
}
