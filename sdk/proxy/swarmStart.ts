import type { Platform } from "../args";

/** The start script of a proxy on a swarm. */
export interface SwarmStart {
  path: string;
  script: string;
  interpreter: readonly string[];
}

const linux = String.raw`#!/bin/sh
# first version, to be replaced
cd /webfarm
render() {
  while IFS= read -r line; do
    name=$(printf '%s' "$line" | sed -n 's/^ *server \([a-z0-9-]*\):\([0-9]*\);$/\1/p')
    if [ -z "$name" ]; then printf '%s\n' "$line"; continue; fi
    port=$(printf '%s' "$line" | sed -n 's/^ *server [a-z0-9-]*:\([0-9]*\);$/\1/p')
    addresses=$(nslookup "$name" 127.0.0.11 2>/dev/null | sed -n '/^Name/,$ s/^Address[^:]*: *\([0-9.]*\).*/\1/p' | sort)
    if [ -z "$addresses" ]; then echo "    server 127.0.0.1:9 down;"; fi
    for address in $addresses; do echo "    server $address:$port;"; done
  done < nginx.conf
}
mkdir -p /tmp/webfarm
render > /tmp/webfarm/running.conf
(while sleep 1; do
  render > /tmp/webfarm/next.conf
  if ! cmp -s /tmp/webfarm/next.conf /tmp/webfarm/running.conf; then
    cp /tmp/webfarm/next.conf /tmp/webfarm/running.conf
    nginx -s reload -c /tmp/webfarm/running.conf
    echo "webfarm: reloaded"
  fi
done) &
exec nginx -c /tmp/webfarm/running.conf -g 'daemon off;'
`;

/** By platform. */
export const swarmStart: Record<Platform, SwarmStart> = {
  linux: { path: "/webfarm/start-swarm.sh", script: linux, interpreter: ["sh"] },
  windows: {
    path: "c:\\webfarm\\start-swarm.cmd",
    script: "rem to come\r\n",
    interpreter: ["cmd", "/s", "/c"],
  },
};
