#!/usr/bin/env bash
# Runs a program that is interrupted when its starter dies: npm passes on SIGINT and SIGTERM, but neither SIGHUP nor its
# own death, and would leave a run (and its lab) behind.
if command -v setpriv >/dev/null; then exec setpriv --pdeathsig INT "$@"; fi
exec "$@"
