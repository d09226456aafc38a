#!/bin/sh
# Main process of a cell (below tini): starts what Windows has running anyway - the DNS client's cache and
# the server that Wine's processes share - and then the command, a Windows program.
run=/run/webfarm-lab
mkdir -p "$run"
rm -f "$run/flush"

# 2016 had no curl.exe.
[ "$WEBFARM_LAB_RELEASE" != 2016 ] || rm -f /c/windows/system32/curl.exe

# The DNS client: what it heard it keeps - a name for the time that the engine's DNS says, its absence for
# WEBFARM_LAB_NEGATIVE_SECONDS. At a restart the engine may or may not have written resolv.conf anew.
sed -n 's/^nameserver //p' /etc/resolv.conf | grep -v '^127.0.0.1$' > "$run/heard" && mv "$run/heard" "$run/engine-dns"
options=$(sed 's/^/--server=/' "$run/engine-dns")
# shellcheck disable=SC2086 # one option a word
# A container that is started with --dns 127.0.0.2 asks this one for what the engine does not know, and hears
# that it does not exist, which can be remembered. Engines of today answer so; older ones say "server failure".
dnsmasq --no-resolv --no-hosts --keep-in-foreground --user=root --listen-address=127.0.0.2 --bind-interfaces \
  --address=/#/ --pid-file= >/dev/null 2>&1 &
dnsmasq --no-resolv --no-hosts --keep-in-foreground --user=root --listen-address=127.0.0.1 --bind-interfaces \
  --cache-size=2000 --neg-ttl="${WEBFARM_LAB_NEGATIVE_SECONDS:-30}" --pid-file= $options >/dev/null 2>&1 &
dnsmasq=$!
{ echo 'nameserver 127.0.0.1'; grep -v '^nameserver' /etc/resolv.conf; } > "$run/resolv.conf"
cat "$run/resolv.conf" > /etc/resolv.conf

# ipconfig /flushdns leaves a file; its disappearance is the answer.
while :; do
  if [ -e "$run/flush" ]; then
    kill -HUP "$dnsmasq"
    sleep 0.02
    rm -f "$run/flush"
  fi
  sleep 0.05
done &

LD_PRELOAD=/usr/lib/webfarm-lab/reuseport.so wineserver64 -p
exec "$@"
