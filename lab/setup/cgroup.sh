#!/usr/bin/env bash
# Real Cilium's socket load balancing serves the processes of a cgroup, so each lab with it has one. A cgroup does not
# end with its last process: this keeper makes it, prints its path, waits for the end of its input, and removes it.
#
#   cgroup.sh NAME     keeps a cgroup for lab NAME
#   cgroup.sh --try    the same, removed at once: prints why it fails
#   cgroup.sh --gc     removes those of killed keepers and prints their paths
#
# cgroup2 is mounted in a private mount namespace, at a place of its own: Linux refuses it twice at one place, and
# systemd has it at /sys/fs/cgroup.
set -u

root=/run/cgroup

fail() {
  printf '%s; real Cilium needs %s; in a container: run it with --privileged\n' "$1" "$2" >&2
  exit 1
}
if [ -z "${INSIDE:-}" ]; then
  said=$(unshare --mount true 2>&1) || fail "no mount namespace can be made (${said%%$'\n'*})" 'root'
  INSIDE=1 exec unshare --mount bash "${BASH_SOURCE[0]}" "$@"
fi
unset INSIDE
cd / # the caller's folder may be below /run

said=$({ mount -t tmpfs tmpfs /run && mkdir "$root" && mount -t cgroup2 cgroup2 "$root"; } 2>&1) ||
  fail "cgroup2 cannot be mounted (${said%%$'\n'*})" 'root and a kernel with cgroup v2'

make() {
  mkdir "$1" && bash -c 'echo 0 >"$1"' attach "$1/cgroup.procs"
}

# Up to five seconds: processes end after the kill that ended them has returned.
remove() {
  for _ in $(seq 100); do
    find "$1" -depth -type d -exec rmdir {} \; 2>/dev/null
    [ -d "$1" ] || return 0
    sleep 0.05
  done
  return 1
}

if [ "$1" = --gc ]; then
  find "$root" -type d -name 'conformance-*-*' -prune | while read -r leftover; do
    grep -q '^populated 0' "$leftover/cgroup.events" || continue
    tr '\0' ' ' 2>/dev/null <"/proc/${leftover##*-}/cmdline" | grep -q "cgroup.sh" && continue
    remove "$leftover" && printf '%s\n' "${leftover#"$root"}"
  done
  exit 0
fi

# /proc names this process's cgroup only after cgroup2 was first mounted. One outside the namespace is /../NAME.
own=$(sed -n 's/^0:://p' /proc/self/cgroup)
case $own in /..* | '') own=/ ;; esac
name=conformance-${1#--}-$$
# A threaded cgroup takes no processes below it: then the nearest above it that does.
until said=$(make "$root${own%/}/$name" 2>&1); do
  rmdir "$root${own%/}/$name" 2>/dev/null
  if [ "$own" = / ]; then
    fail "no cgroup can be made (${said##*: })" 'write access to cgroup v2'
  fi
  own=$(dirname "$own")
done
cgroup=${own%/}/$name
if [ "$1" != --try ]; then
  printf '%s\n' "$cgroup"
  cat >/dev/null
  echo 1 2>/dev/null >"$root$cgroup/cgroup.kill" # since Linux 5.14
fi
remove "$root$cgroup"
