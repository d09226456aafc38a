import { fileMark } from "./payload";
import { controlPort } from "./ports";

/** Exit codes of the reload script; the hook turns them into advice. */
export const reloadExit = {
  usage: 2,
  refused: 3,
  busy: 4,
  incomplete: 5,
  notTaken: 6,
} as const;

/** What of nginx's words a person needs. */
export const emergency = `# The one line of nginx's words that says what is missing.
emergency() { printf '%s\\n' "$1" | grep -m 1 emerg || printf '%s\\n' "$1"; }`;

/** Reads how often a start script tries, and how many seconds apart, from nginx.conf. */
export const startLimits = `limits=$(sed -n 's/^# webfarm-start \\([0-9]* [0-9.]*\\)$/\\1/p' nginx.conf | head -n 1)
attempts=\${limits% *}
delay=\${limits#* }
: "\${attempts:=60}" "\${delay:=1}"`;

/** Shell functions that both scripts use. */
const functions = `${emergency}

# The address of a name as the network has it now.
lookup() {
  if command -v getent >/dev/null 2>&1; then
    getent hosts "$1" | sed -n '1s/[[:space:]].*//p'
  else
    nslookup "$1" 2>/dev/null | sed -n '/^Name:/,$s/^Address[^:]*:[[:space:]]*\\([0-9.]*\\).*/\\1/p' | head -n 1
  fi
}

# The replicas of a configuration, each with its address; without one when its name does not resolve.
addresses_of() {
  sed -n 's/^ *server \\([A-Za-z0-9._-]*\\):[0-9]*;$/\\1/p' "$1" | sort -u | while read -r name; do
    # An address stands for itself.
    case $name in
      *[!0-9.]*) echo "$name $(lookup "$name")" ;;
      *) echo "$name $name" ;;
    esac
  done
}`;

/** Prints the digest that the workers run, and nginx's counters; see the reload script for wget's time limit. */
export const askNginx = `for page in digest status; do
  url=http://127.0.0.1:${controlPort}/$page
  timeout 2 wget -q -O - $url 2>/dev/null || curl -fsS -m 2 $url 2>/dev/null
done`;

/** start-nginx.sh: the proxy's main process. */
export const startScript = `#!/bin/sh
# Starts nginx in a proxy of pulumi-webfarm, and is what the engine runs again after a crash or a
# restart of the host. Upstreams may come back later than the proxy, so it tries until nginx accepts
# the configuration, a limited number of times; then it starts without those that are missing.
#
# nginx.conf    what the last reload brought
# running.conf  what nginx runs: the same, less the replicas whose names do not resolve
# addresses     the replicas' addresses when nginx last read it
cd /webfarm || exit 1

${functions}

# nginx.conf with those replicas out of rotation whose names do not resolve.
available() {
  edit=$(sed -n 's/^\\([^ ]*\\) $/s|^ *server \\1:[0-9]*;$|    server 127.0.0.1:9 down; # \\1 does not resolve|/p' addresses)
  sed "$edit" nginx.conf
}

missing() { sed -n 's/^\\([^ ]*\\) $/\\1/p' addresses | tr '\\n' ' '; }

# start-nginx.sh watch: runs beside nginx, which asks for addresses only when it reads its
# configuration. A replica that was started again may have another one, and its old one may be somebody
# else's. A change counts when it is seen twice, as a replica that restarts is away for a moment.
if [ "$1" = watch ]; then
  seen=
  while sleep 3; do
    # Many names take longer to ask for; then they are asked for less often.
    sleep $(($(wc -l < addresses) / 20))
    now=$(addresses_of nginx.conf)
    if [ "$now" = "$(cat addresses)" ]; then seen=; continue; fi
    if [ "$now" != "$seen" ]; then seen=$now; continue; fi
    # A reload holds the lock and looks for itself.
    mkdir reload.lock 2>/dev/null || continue
    echo $$ > reload.lock/pid
    printf '%s\\n' "$now" > addresses
    available > running.next
    if problem=$(nginx -t -q -c /webfarm/running.next 2>&1); then
      mv running.next running.conf
      nginx -s reload -c /webfarm/running.conf 2>/dev/null
      echo "webfarm: addresses of replicas changed, nginx reloads; out of rotation: $(missing)"
    else
      echo "webfarm: addresses of replicas changed, but: $(emergency "$problem")"
    fi
    rm -rf reload.lock
  done
  exit
fi

[ -f nginx.conf ] || cp empty.conf nginx.conf

# What a reload left behind that was cut off by the stop of this container must not block the next one.
rm -rf reload.lock payload next.conf running.next

${startLimits}

run() {
  trap - TERM QUIT INT
  sh "$0" watch &
  exec nginx -c /webfarm/running.conf -g 'daemon off;'
}

trap 'exit 0' TERM QUIT INT
attempt=1
while :; do
  addresses_of nginx.conf > addresses
  if problem=$(nginx -t -q -c /webfarm/nginx.conf 2>&1); then
    echo "webfarm: attempt $attempt of $attempts: configuration accepted, nginx starts"
    cp nginx.conf running.conf
    run
  fi
  echo "webfarm: attempt $attempt of $attempts: $(emergency "$problem")"
  [ "$attempt" -lt "$attempts" ] || break
  attempt=$((attempt + 1))
  # In the background, so that a stop does not wait for it.
  sleep "$delay" &
  wait $!
done

available > running.conf
problem=$(nginx -t -q -c /webfarm/running.conf 2>&1) || { echo "webfarm: $(emergency "$problem")"; exit 1; }
echo "webfarm: nginx starts without $(missing)and takes them in when they are back"
run
`;

/** reload.sh: brings a new configuration into the running nginx. */
export const reloadScript = `#!/bin/sh
# Brings a new configuration into the running nginx: reload.sh ID BYTES ATTEMPTS DELAY DRAIN
# By hand, without arguments, it reloads the one that is there.
# The files come on stdin, BYTES long, each behind a line "${fileMark}ID NAME". Each try is logged. The old
# configuration stays in force until nginx accepts the new one, and comes back when the workers do not
# take it up.
# Exit codes: 0 done, ${reloadExit.usage} wrong arguments, ${reloadExit.refused} refused by nginx, ${reloadExit.busy} another reload is running,
# ${reloadExit.incomplete} configuration incomplete, ${reloadExit.notTaken} not taken up by the workers.
cd /webfarm || exit ${reloadExit.incomplete}
by_hand=
[ $# -gt 0 ] || { by_hand=yes; set -- 0 0 10 1 0; }
usage() { echo "webfarm: $1; usage: reload.sh ID BYTES ATTEMPTS DELAY DRAIN, or no arguments"; exit ${reloadExit.usage}; }
[ $# -eq 5 ] || usage "$# arguments"
id=$1 bytes=$2 attempts=$3 delay=$4 drain=$5
case $id in '' | *[!0-9a-f]*) usage "ID is not hexadecimal" ;; esac
for number in "$bytes" "$attempts" "$drain"; do
  case $number in '' | *[!0-9]* | ??????????*) usage "BYTES, ATTEMPTS and DRAIN are whole numbers" ;; esac
done
case $delay in '' | . | *[!0-9.]* | *.*.* | ??????????*) usage "DELAY is a number" ;; esac
mark="${fileMark}$id "

${functions}

# One reload at a time: mkdir either makes the lock or fails, nothing between. The holder writes its
# pid a moment after it made the lock, so an empty lock gets some tries before it counts as dead.
tries=0
until mkdir reload.lock 2>/dev/null; do
  tries=$((tries + 1))
  holder=$(cat reload.lock/pid 2>/dev/null)
  if { [ -n "$holder" ] && [ ! -d "/proc/$holder" ]; } || { [ -z "$holder" ] && [ "$tries" -gt 5 ]; }; then
    echo "webfarm: removing the lock of a reload that died"
    rm -rf reload.lock
  elif [ "$tries" -ge 120 ]; then
    echo "webfarm: another reload (pid $holder) is still running after 60 s"
    exit ${reloadExit.busy}
  else
    sleep 0.5
  fi
done
echo $$ > reload.lock/pid

# At the end no file of a certificate stays that the configuration in force does not name.
tidy() {
  rm -f payload next.conf next.addresses
  for file in tls-*; do
    [ -e "$file" ] && ! grep -q -s "/$file;" nginx.conf && rm -f "$file"
  done
  rm -rf reload.lock
}
trap tidy EXIT
trap 'exit ${reloadExit.incomplete}' TERM INT HUP

# Keys are for this user only.
umask 077
receive() {
  head -c "$bytes" > payload
  received=$(wc -c < payload)
  if [ "$received" -ne "$bytes" ]; then
    echo "webfarm: $received of $bytes bytes of the configuration arrived"
    exit ${reloadExit.incomplete}
  fi

  # Certificates carry their content in their name, so writing them changes nothing that runs; nginx.conf
  # goes aside until nginx has accepted it. No other file has business here.
  target=/dev/null
  while IFS= read -r line; do
    case $line in
      "\${mark}nginx.conf") target=next.conf; : > "$target" ;;
      "\${mark}tls-"*[!0-9a-z.-]*) echo "webfarm: a file of an odd name arrived"; exit ${reloadExit.incomplete} ;;
      "\${mark}tls-"*) target=\${line#"$mark"}; : > "$target" ;;
      *) printf '%s\\n' "$line" >> "$target" ;;
    esac
  done < payload
}
# By hand it is the configuration of now, not of the start: a reload that this one waited for is not undone.
if [ -n "$by_hand" ]; then cp nginx.conf next.conf; else receive; fi
[ -f next.conf ] || { echo "webfarm: no nginx.conf arrived"; exit ${reloadExit.incomplete}; }
digest=$(sed -n 's/^# webfarm-digest //p' next.conf)

attempt=1
until addresses_of next.conf > next.addresses; problem=$(nginx -t -q -c /webfarm/next.conf 2>&1); do
  echo "webfarm: attempt $attempt of $attempts: $(emergency "$problem")"
  [ "$attempt" -lt "$attempts" ] || exit ${reloadExit.refused}
  attempt=$((attempt + 1))
  sleep "$delay"
done

running() {
  if command -v wget >/dev/null 2>&1; then
    # busybox of Debian 12 dies at wget's own -T.
    timeout 2 wget -q -O - http://127.0.0.1:${controlPort}/digest 2>/dev/null
  else
    curl -fsS -m 2 http://127.0.0.1:${controlPort}/digest 2>/dev/null
  fi
}

taken_up() {
  checks=0
  while [ "$checks" -lt 100 ]; do
    [ "$(running)" = "$1" ] && return 0
    checks=$((checks + 1))
    sleep 0.1
  done
  return 1
}

# Workers that still take new connections. (The brackets keep grep from finding itself.)
workers() {
  for process in $(grep -l -s 'nginx: [w]orker process' /proc/[0-9]*/cmdline); do
    grep -q -s '[s]hutting down' "$process" || echo "$process"
  done
}

# The file is swapped by renaming, so a restart in between finds the old one or the new one, whole.
# The signal fails while the start script still waits for its upstreams; that script then takes the
# new file up by itself, so only the workers' own word counts.
force() {
  mv "$1" nginx.conf
  cp nginx.conf running.next
  mv running.next running.conf
  nginx -s reload -c /webfarm/running.conf 2>&1
}
old_workers=$(workers)
cp nginx.conf previous.conf
mv next.addresses addresses
problem=$(force next.conf)
if ! taken_up "$digest"; then
  # The watch looks for the addresses anew.
  : > addresses
  force previous.conf
  echo "webfarm: the workers did not take the new configuration up within 10 s; the old one is back. $problem"
  exit ${reloadExit.notTaken}
fi
rm -f previous.conf

# The old workers are told to stop a moment after the new ones started; until then they too take
# connections, by the old configuration.
checks=0
while [ "$checks" -lt 50 ] && workers | grep -q -x -F "$old_workers"; do
  checks=$((checks + 1))
  sleep 0.1
done
echo "webfarm: configuration in force after $attempt of $attempts attempts"

# A replica may go when no old worker, busy with requests under way, is left or the time is over.
if [ "$drain" -gt 0 ]; then
  waited=0
  while grep -q -s '[s]hutting down' /proc/[0-9]*/cmdline; do
    if [ "$waited" -ge "$drain" ]; then
      echo "webfarm: requests are still under way after $drain s of draining"
      exit 0
    fi
    sleep 1
    waited=$((waited + 1))
  done
  echo "webfarm: drained in $waited s"
fi
`;
