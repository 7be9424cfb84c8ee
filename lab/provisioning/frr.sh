#!/bin/bash
# frr.sh CONFIG: FRR with this configuration (base64 of frr.conf), which is left alone once it was put there: what was
# typed into vtysh later stays.
set -euo pipefail
install-packages.sh frr iproute2 tcpdump python3 curl iputils-ping arping procps
sed -i 's/^bgpd=no/bgpd=yes/' /etc/frr/daemons
done=/etc/frr/.conformance
if [ ! -e "$done" ] || [ "$(cat "$done")" != "$1" ]; then
  base64 -d <<<"$1" | install -o frr -g frr -m 640 /dev/stdin /etc/frr/frr.conf
  printf '%s' "$1" >"$done"
  systemctl restart frr
fi
systemctl enable --quiet frr
# It is up when it has read its configuration, which a slow machine needs a while for.
for ((second = 0; second < 180; second += 2)); do
  if vtysh -c 'show running-config' 2>/dev/null | grep -q '^router bgp'; then exit 0; fi
  sleep 2
done
echo 'FRR has not read its configuration within 180 s; what it says: journalctl -u frr' >&2
exit 1
