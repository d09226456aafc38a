import type { Exchange } from "./exchange";
import type { FrontContext } from "./front";
import * as build from "./handlers/build";
import * as containers from "./handlers/containers";
import * as execs from "./handlers/execs";
import * as images from "./handlers/images";
import * as networks from "./handlers/networks";
import * as system from "./handlers/system";
import * as volumes from "./handlers/volumes";

/** Answers one request; `parts` are those of the path that stand for a name, decoded. */
export type Handler = (exchange: Exchange, context: FrontContext, ...parts: string[]) => void | Promise<void>;

type Route = readonly [string, Handler];

/** A `{}` in a path is a name: for images it may hold slashes. */
const routes: readonly Route[] = [
  ["GET /_ping", system.ping],
  ["HEAD /_ping", system.ping],
  ["GET /version", system.version],
  ["GET /info", system.info],
  ["GET /events", system.events],
  ["GET /system/df", system.diskUsage],
  ["POST /auth", system.passOn],
  ...["swarm", "nodes", "services", "tasks", "secrets", "configs", "plugins"].flatMap((kind): Route[] => [
    [`GET /${kind}`, system.passOn],
    // `docker inspect NAME` asks for one thing of each kind.
    [kind === "plugins" ? "GET /plugins/{}/json" : `GET /${kind}/{}`, system.passOn],
  ]),

  ["GET /containers/json", containers.list],
  ["POST /containers/create", containers.create],
  ["POST /containers/prune", containers.prune],
  ["GET /containers/{}/json", containers.inspect],
  ["POST /containers/{}/start", containers.start],
  ["POST /containers/{}/restart", containers.start],
  ["POST /containers/{}/kill", containers.kill],
  ["POST /containers/{}/rename", containers.rename],
  ["POST /containers/{}/update", containers.update],
  ["POST /containers/{}/pause", containers.pause],
  ["GET /containers/{}/export", containers.exportRefused],
  ["POST /containers/{}/stop", containers.passOn],
  ["POST /containers/{}/unpause", containers.passOn],
  ["POST /containers/{}/resize", containers.passOn],
  ["GET /containers/{}/top", containers.passOn],
  ["GET /containers/{}/changes", containers.passOn],
  ["GET /containers/{}/logs", containers.streamOn],
  ["GET /containers/{}/stats", containers.streamOn],
  ["POST /containers/{}/wait", containers.streamOn],
  ["POST /containers/{}/attach", containers.streamOn],
  ["HEAD /containers/{}/archive", containers.archive],
  ["GET /containers/{}/archive", containers.archive],
  ["PUT /containers/{}/archive", containers.archive],
  ["POST /containers/{}/exec", execs.create],
  ["DELETE /containers/{}", containers.passOn],

  ["GET /exec/{}/json", execs.inspect],
  ["POST /exec/{}/start", execs.start],
  ["POST /exec/{}/resize", system.passOn],

  ["GET /networks", networks.list],
  ["POST /networks/create", networks.create],
  ["POST /networks/prune", networks.prune],
  ["GET /networks/{}", networks.inspect],
  ["DELETE /networks/{}", networks.remove],
  ["POST /networks/{}/connect", networks.connect],
  ["POST /networks/{}/disconnect", networks.disconnect],

  ["GET /volumes", volumes.list],
  ["POST /volumes/create", volumes.create],
  ["POST /volumes/prune", volumes.prune],
  ["GET /volumes/{}", volumes.inspect],
  ["DELETE /volumes/{}", volumes.remove],

  ["GET /images/json", system.passOn],
  ["POST /images/create", images.pull],
  ["POST /images/load", system.streamOn],
  ["GET /images/get", system.streamOn],
  ["GET /images/search", system.passOn],
  ["GET /images/{}/get", system.streamOn],
  ["GET /images/{}/json", images.inspect],
  ["GET /images/{}/history", system.passOn],
  ["POST /images/{}/tag", system.passOn],
  ["POST /images/{}/push", system.streamOn],
  ["DELETE /images/{}", system.passOn],
  ["GET /distribution/{}/json", system.passOn],
  ["POST /build", build.build],
  ["POST /commit", build.commit],
];

const compiled = routes.map(([route, handle]) => {
  const pattern = route.replace("{}", /images|distribution/.test(route) ? "(.+)" : "([^/]+)");
  return { expression: new RegExp(`^${pattern}$`), handle };
});

/** The handler of a request and the names in its path. */
export function routeOf(method: string, path: string): { handle: Handler; parts: string[] } | undefined {
  for (const { expression, handle } of compiled) {
    const match = expression.exec(`${method} ${path}`);
    if (match !== null) return { handle, parts: match.slice(1).map((part) => decodeURIComponent(part)) };
  }
  return undefined;
}
