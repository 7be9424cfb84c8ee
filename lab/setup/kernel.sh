#!/usr/bin/env bash
# Prints, one per line, what the embedded lab needs of the kernel and cannot have here; nothing when all is there.
# Tried for real, in throw-away namespaces that end with the trial. Features that need a program which is not
# installed yet (ip, nft) are left out.
set -u

if [ "${1:-}" != inside ]; then
  tried=$(unshare --mount --net --pid --ipc --uts --fork --kill-child --mount-proc bash "${BASH_SOURCE[0]}" inside 2>&1)
  if [[ $tried == *tried ]]; then
    printf '%s' "${tried%tried}"
  else
    printf '%s\n' "new mount, network, PID, IPC and UTS namespaces (${tried:-no answer}); in a container: run it with --privileged"
  fi
  exit 0
fi

need() {
  local what=$1 said
  shift
  said=$("$@" 2>&1) || printf '%s: %s\n' "$what" "${said##*$'\n'}"
}

multipath() {
  ip address add 192.0.2.1/24 dev trial0 &&
    ip link set trial0 up &&
    ip route add 198.51.100.0/24 nexthop via 192.0.2.2 nexthop via 192.0.2.3
}

translation() {
  nft -f - <<'NFT'
table ip trial {
  chain prerouting {
    type nat hook prerouting priority dstnat
    ip daddr 192.0.2.9 tcp dport 80 meta mark set 1 dnat to numgen random mod 2 map { 0 : 198.51.100.1, 1 : 198.51.100.2 }
  }
  chain postrouting {
    type nat hook postrouting priority srcnat
    meta mark 1 snat to 192.0.2.1
    ct state new masquerade
  }
}
NFT
}

need 'mounts (tmpfs)' mount -t tmpfs tmpfs /run
if command -v ip >/dev/null; then
  mkdir -p /run/netns
  need 'named network namespaces' ip netns add trial
  need 'veth (CONFIG_VETH)' ip link add trial0 type veth peer name trial1
  need 'bridge (CONFIG_BRIDGE)' ip link add trial2 type bridge
  need 'routes with several next hops (CONFIG_IP_ROUTE_MULTIPATH)' multipath
  need 'writable network settings (/proc/sys/net)' sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward && echo 1 >/proc/sys/net/ipv4/fib_multipath_hash_policy'
fi
if command -v nft >/dev/null; then
  need 'nf_tables with nat and numgen (CONFIG_NF_TABLES, CONFIG_NFT_NAT, CONFIG_NFT_NUMGEN, CONFIG_NFT_MASQ)' translation
fi
printf tried
