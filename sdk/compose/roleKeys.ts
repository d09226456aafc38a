import type { Draft, ReadContext, Role } from "./draft";
import type { MapNode } from "./node";

/** Keys that a role does without: the farm does them its own way, and a note says so. */
export const ownWay: Readonly<Record<Role, Readonly<Record<string, string>>>> = {
  app: {},
  proxy: {
    command: "the farm's own start script starts nginx",
    entrypoint: "the farm's own start script starts nginx",
    healthcheck: "the farm checks its proxy itself",
    restart: "the farm's proxy restarts unless it is stopped",
    expose: "the proxy listens on port 80 inside the farm",
    stop_grace_period: "the farm's proxy stops when its drain is over",
  },
  console: {
    command: "the farm's console runs ping",
    restart: "the farm's console restarts unless it is stopped",
    stdin_open: "docker exec -it opens its own input",
    tty: "docker exec -it opens its own terminal",
    stop_grace_period: "the console holds nothing that a longer stop could save",
  },
};

/** Keys that proxy and console take from a compose file; all others are the apps'. */
export const roleKeys: Readonly<Record<Exclude<Role, "app">, readonly string[]>> = {
  proxy: [
    "image",
    "build",
    "ports",
    "volumes",
    "depends_on",
    "networks",
    "scale",
    "profiles",
    "platform",
    "hostname",
  ],
  console: ["image", "build", "depends_on", "networks", "scale", "profiles", "platform", "hostname"],
};

/** What `toCompose` wrote for the proxy and the console: their settings stand in `x-webfarm`. */
export function writtenByFarm(node: MapNode): boolean {
  const extension = node.entries.get("x-webfarm")?.value;
  return extension?.kind === "map" && extension.entries.has("role");
}

/** Names a key that only apps take. */
export function refuseForRole(key: string, draft: Draft, at: MapNode["at"], { findings }: ReadContext): void {
  findings.refuse(
    at,
    "unsupported",
    `${key} has no counterpart in a farm's ${draft.role}`,
    draft.role === "proxy"
      ? "leave it out, or set it by the proxy's transform in a program"
      : "leave it out, or make it an app: x-webfarm: { role: app }",
  );
}
