#!/bin/sh
# Runs the Windows program by whose name this is called.
program=$(basename "$0")
# Wine's ping cannot go on for ever (-t), which is all that a console does.
if [ "${program%.exe} $1" = "ping -t" ]; then shift; exec /bin/ping "$@"; fi
exec wine64 "$program" "$@"
