import { emergency, startLimits } from "./linuxScripts";
import { unavailablePort } from "./ports";

/**
 * start-swarm.sh: the main process of a proxy on a swarm. Nothing has to be sent into it when replicas come and go:
 * it asks the engine's name server each second, which knows a task from when it is healthy until three seconds before
 * it is stopped. Measured on two busy cores (20.10.24): out of rotation 0.9 to 1.9 s before the signal; a node without
 * power is out of that list after 6 to 7 s, long before the manager calls it down (12 to 15 s).
 *
 * It asks by TCP: an answer by UDP ends at 22 addresses, with others each time; 200 take 4.4 KB.
 */
export const swarmStartScript = `#!/bin/sh
# Starts nginx in a proxy of pulumi-webfarm on a swarm, and keeps the addresses of the services' tasks in its
# configuration. The engine's name server has a task from when it is healthy until some seconds before it is stopped,
# so whoever leaves that list has to be out of rotation at once.
#
# nginx.conf    what the service brings along: each app by its name, however many tasks it has
# running.conf  what nginx runs: the same, with a line for each task's address
# addresses     those addresses, one a line: "NAME:PORT ADDRESS", and "NAME:PORT -" for an app without tasks
cd /webfarm || exit 1
resolver=127.0.0.11

${emergency}

# Upstreams as nginx.conf has them, and the names in them.
upstreams=$(sed -n 's/^ *server \\([A-Za-z0-9._-]*:[0-9][0-9]*\\);$/\\1/p' nginx.conf | sort -u)
names=$(for upstream in $upstreams; do echo "\${upstream%:*}"; done | sort -u)

# A question for the addresses of a name, as TCP carries it.
question() {
  length=$((\${#1} + 18))
  printf "\\\\$(printf %03o $((length / 256)))\\\\$(printf %03o $((length % 256)))"
  printf '\\0\\1\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0'
  for label in $(echo "$1" | tr . ' '); do printf "\\\\$(printf %03o \${#label})%s" "$label"; done
  printf '\\0\\0\\1\\0\\1'
}

# The addresses in an answer: each behind type, class, time to live and length.
addresses_in() {
  od -An -v -tu1 "$1" | tr -s ' \\n' ' ' | grep -o ' 0 1 0 1\\( [0-9]*\\)\\{4\\} 0 4\\( [0-9]*\\)\\{4\\}' |
    sed 's/.* \\([0-9]*\\) \\([0-9]*\\) \\([0-9]*\\) \\([0-9]*\\)$/\\1.\\2.\\3.\\4/'
}

# Asks the engine's name server for a name, a second long at most. (busybox's own timeout would leave its watchman to
# nginx.) Ends with 0 when it was answered, with 1 when there is no name server, and else when the time was over.
ask() {
  question "$1" | nc $resolver 53 2>/dev/null &
  tries=0
  while [ "$tries" -lt 10 ] && kill -0 $! 2>/dev/null; do
    sleep 0.1
    tries=$((tries + 1))
  done
  kill $! 2>/dev/null
  wait $!
}

# Writes the addresses of a name into "found.NAME". While the engine is started again or stands still there is no
# answer, and what was found last stays: the tasks serve on. An answer without addresses counts when it comes twice, as
# an engine that stops in the middle says nothing either. A name without tasks the engine passes on to others, which may
# never answer: after twenty times nothing, it has none.
look_for() {
  case $1 in *[!0-9.]*) ;; *) echo "$1" > "found.$1"; return ;; esac
  doubt=10
  if command -v nc >/dev/null 2>&1; then
    ask "$1" > "answer.$1"
    case $? in 0) ;; 1) return ;; *) doubt=1 ;; esac
    addresses_in "answer.$1" | sort -u > "next.$1"
  else
    # Of the C library: it asks by TCP where it has to, but keeps to itself why it found nothing.
    getent ahostsv4 "$1" | sed -n 's/ *STREAM.*//p' | sort -u > "next.$1"
  fi
  if [ -s "next.$1" ]; then
    rm -f "doubts.$1"
  else
    doubts=$(($(cat "doubts.$1" 2>/dev/null || echo 0) + doubt))
    echo "$doubts" > "doubts.$1"
    [ "$doubts" -ge 20 ] || return
  fi
  mv "next.$1" "found.$1"
}

# The addresses as they are now, in the form of the file.
look() {
  for name in $names; do look_for "$name" 2>/dev/null & done
  wait
  for upstream in $upstreams; do
    found=found.\${upstream%:*}
    if [ -s "$found" ]; then sed "s/^/$upstream /" "$found"; else echo "$upstream -"; fi
  done
}

# nginx.conf with those addresses; an app without tasks is answered for by a server that says so.
available() {
  awk '
    FILENAME == "addresses" {
      port = $1; sub(/.*:/, "", port)
      lines[$1] = lines[$1] "    server " ($2 == "-" ? "127.0.0.1:${unavailablePort}" : $2 ":" port) ";\\n"
      next
    }
    { name = $2; sub(/;$/, "", name) }
    $1 == "server" && NF == 2 && name in lines { printf "%s", lines[name]; next }
    { print }
    $0 == "http {" {
      print "  server {"
      print "    listen 127.0.0.1:${unavailablePort};"
      print "    access_log off;"
      print "    location / { add_header Retry-After 5 always; return 503; }"
      print "  }"
    }
  ' addresses nginx.conf
}

# Lines of the first text that the second one lacks, as one line.
new_in() { printf '%s\\n' "$1" | grep -v -x -F "$2" | grep -v -e ' -$' | tr '\\n' ',' | sed 's/,$//; s/,/, /g'; }

# start-swarm.sh watch: runs beside nginx. New workers come with each reload, and tasks come in groups: those that
# only join wait until a look finds no more of them, five looks at most.
if [ "$1" = watch ]; then
  known=$(cat addresses)
  before=$known
  waited=0
  while sleep 1; do
    now=$(look)
    if [ "$now" = "$known" ]; then before=$known waited=0; continue; fi
    left=$(new_in "$known" "$now")
    joined=$(new_in "$now" "$known")
    # An app that had no task has no reason to wait.
    if [ -z "$left" ] && [ "$now" != "$before" ] && [ "$waited" -lt 5 ] && ! echo "$known" | grep -q -e ' -$'; then
      before=$now waited=$((waited + 1))
      continue
    fi
    printf '%s\\n' "$now" > addresses
    available > running.next
    if problem=$(nginx -t -q -c /webfarm/running.next 2>&1); then
      mv running.next running.conf
      nginx -s reload -c /webfarm/running.conf 2>/dev/null
      echo "webfarm: nginx reloads with $(grep -c -v -e ' -$' addresses) tasks; joined: \${joined:-none}; left: \${left:-none}"
      known=$now before=$now waited=0
    else
      echo "webfarm: the tasks changed, but: $(emergency "$problem")"
      sleep 9
    fi
  done
  exit
fi

${startLimits}

trap 'exit 0' TERM QUIT INT
attempt=1
while :; do
  look > addresses
  available > running.conf
  problem=$(nginx -t -q -c /webfarm/running.conf 2>&1) && break
  echo "webfarm: attempt $attempt of $attempts: $(emergency "$problem")"
  # Another name that the configuration needs may come; nothing else gets better by waiting.
  case $problem in *"host not found"*) ;; *) exit 1 ;; esac
  [ "$attempt" -lt "$attempts" ] || exit 1
  attempt=$((attempt + 1))
  # In the background, so that a stop does not wait for it.
  sleep "$delay" &
  wait $!
done
echo "webfarm: attempt $attempt of $attempts: configuration accepted, nginx starts with $(grep -c -v -e ' -$' addresses) tasks"
trap - TERM QUIT INT
sh "$0" watch &
exec nginx -c /webfarm/running.conf -g 'daemon off;'
`;
