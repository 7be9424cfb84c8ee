#!/usr/bin/env bash
# Compiles the reference system's eBPF programs, tries them on this kernel, and prints where the object is. It stays in
# the user's cache under the digest of its sources: nothing is done again while those and the kernel are the same.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
sources=lab/systems/reference/datapath/dsr
consequence='The embedded lab runs without it; claims that need Geneve (geneve-dsr, geneve-tunnel) are not applicable then.'

fail() {
  printf 'the reference system has no Geneve here: %s\n%s\n' "$1" "$consequence" >&2
  exit 1
}

digest=$(cat "$sources"/*.[ch] | sha256sum)
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/cilium-conformance
object=$cache/dsr-${digest:0:16}.o
loads=$object.loads-$(uname -r)
if [ -e "$object" ] && [ -e "$loads" ]; then
  printf '%s\n' "$object"
  exit 0
fi

for program in clang bpftool tc; do
  command -v "$program" >/dev/null || fail "$program is not installed; bash lab/setup/setup.sh installs it"
done
mkdir -p "$cache"
scratch=$(mktemp -d "$cache/.compiling-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
# The kernel's headers that differ by machine are in a folder that only the machine's own compiler looks into.
clang -O2 -g -Wall -Wextra -Werror -target bpf "-I/usr/include/$(uname -m)-linux-gnu" \
  -c "$sources/program.c" -o "$scratch/program.o" 2>"$scratch/log" || fail "clang says: $(head -n 5 "$scratch/log")"

# In throw-away namespaces: the verifier has to accept the programs, and tc to attach them.
# shellcheck disable=SC2016 # for the inner shell
unshare --mount --net sh -euc '
  mount -t tmpfs tmpfs /run && mkdir /run/bpf && mount -t bpf bpf /run/bpf
  bpftool prog loadall "$1/program.o" /run/bpf type classifier pinmaps /run/bpf
  ip link add trial type veth peer name peer
  tc qdisc add dev trial clsact
  for hook in from_lan:ingress to_lan:egress to_tunnel:egress; do
    tc filter add dev trial "${hook#*:}" bpf da pinned "/run/bpf/${hook%:*}"
  done
' sh "$scratch" >"$scratch/log" 2>&1 || fail "the kernel ($(uname -r)) does not take its eBPF programs: $(tail -n 5 "$scratch/log")"
mv "$scratch/program.o" "$object"
: >"$loads"
printf '%s\n' "$object"
