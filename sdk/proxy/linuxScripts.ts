import { fileMark } from "./payload";
import { controlPort } from "./ports";

/** Exit codes of the reload script; the hook turns them into advice. */
export const reloadExit = {
  refused: 3,
  busy: 4,
  incomplete: 5,
  notTaken: 6,
} as const;

/** Shell function that both scripts use for their log. */
const emergency = `# The one line of nginx's words that says what is missing.
emergency() { printf '%s\\n' "$1" | grep -m 1 emerg || printf '%s\\n' "$1"; }`;

/** start-nginx.sh: the proxy's main process. */
export const startScript = `#!/bin/sh
# Starts nginx in a proxy of pulumi-webfarm, and is what the engine runs again after a crash or a
# restart of the host. Upstreams may come back later than the proxy, so it tries until nginx accepts
# the configuration, a limited number of times; then it gives up and the restart policy begins anew.
conf=/webfarm/nginx.conf
[ -f "$conf" ] || cp /webfarm/empty.conf "$conf"

# A reload that was cut off by the stop of this container must not block the next one.
rm -rf /webfarm/reload.lock

limits=$(sed -n 's/^# webfarm-start //p' "$conf")
attempts=\${limits% *}
delay=\${limits#* }
: "\${attempts:=60}" "\${delay:=1}"

${emergency}

trap 'exit 0' TERM QUIT INT
attempt=1
while :; do
  if problem=$(nginx -t -q -c "$conf" 2>&1); then
    echo "webfarm: attempt $attempt of $attempts: configuration accepted, nginx starts"
    trap - TERM QUIT INT
    exec nginx -c "$conf" -g 'daemon off;'
  fi
  echo "webfarm: attempt $attempt of $attempts: $(emergency "$problem")"
  [ "$attempt" -lt "$attempts" ] || exit 1
  attempt=$((attempt + 1))
  # In the background, so that a stop does not wait for it.
  sleep "$delay" &
  wait $!
done
`;

/** reload.sh: brings a new configuration into the running nginx. */
export const reloadScript = `#!/bin/sh
# Brings a new configuration into the running nginx: reload.sh BYTES ATTEMPTS DELAY DRAIN
# The files come on stdin, BYTES long, each behind a line "${fileMark}NAME". Each try is logged. The old
# configuration stays in force until nginx accepts the new one, and comes back when the workers do not
# take it up.
# Exit codes: 0 done, ${reloadExit.refused} refused by nginx, ${reloadExit.busy} another reload is running,
# ${reloadExit.incomplete} configuration incomplete, ${reloadExit.notTaken} not taken up by the workers.
bytes=$1 attempts=$2 delay=$3 drain=$4
cd /webfarm || exit ${reloadExit.incomplete}

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
  rm -f payload next.conf
  for file in tls-*; do
    [ -e "$file" ] && ! grep -q -s "/$file;" nginx.conf && rm -f "$file"
  done
  rm -rf reload.lock
}
trap tidy EXIT

# Keys are for this user only.
umask 077
head -c "$bytes" > payload
received=$(wc -c < payload)
if [ "$received" -ne "$bytes" ]; then
  echo "webfarm: $received of $bytes bytes of the configuration arrived"
  exit ${reloadExit.incomplete}
fi

# Certificates carry their content in their name, so writing them changes nothing that runs; nginx.conf
# goes aside until nginx has accepted it.
target=/dev/null
while IFS= read -r line; do
  case $line in
    '${fileMark}nginx.conf') target=next.conf; : > "$target" ;;
    '${fileMark}'*) target=\${line#'${fileMark}'}; : > "$target" ;;
    *) printf '%s\\n' "$line" >> "$target" ;;
  esac
done < payload
digest=$(sed -n 's/^# webfarm-digest //p' next.conf)

${emergency}

attempt=1
until problem=$(nginx -t -q -c /webfarm/next.conf 2>&1); do
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

# The file is swapped by renaming, so a restart in between finds the old one or the new one, whole.
# The signal fails while the start script still waits for its upstreams; that script then takes the
# new file up by itself, so only the workers' own word counts.
cp nginx.conf previous.conf
mv next.conf nginx.conf
problem=$(nginx -s reload -c /webfarm/nginx.conf 2>&1)
if ! taken_up "$digest"; then
  mv previous.conf nginx.conf
  nginx -s reload -c /webfarm/nginx.conf
  echo "webfarm: the workers did not take the new configuration up within 10 s; the old one is back. $problem"
  exit ${reloadExit.notTaken}
fi
rm -f previous.conf
echo "webfarm: configuration in force after $attempt of $attempts attempts"

# nginx keeps old workers for requests under way and tells them to stop 0.1 s after the new ones
# started; a replica may go when no old worker is left or the time is over.
if [ "$drain" -gt 0 ]; then
  sleep 0.3
  waited=0
  while grep -q -s 'shutting down' /proc/[0-9]*/cmdline; do
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
