#!/bin/sh
# Runs the Windows program by whose name this is called. cmd gets along without its extension.
exec wine64 "$(basename "$0")" "$@"
