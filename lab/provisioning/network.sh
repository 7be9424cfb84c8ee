#!/bin/bash
# network.sh SCRIPT HOSTS [MAC=NAME]…: runs SCRIPT (base64 of a shell script: addresses, routes, settings) now and at every
# boot, after interfaces have the names that belong to their MAC addresses; HOSTS (base64) are lines for /etc/hosts.
set -euo pipefail
script=$1 hosts=$2
shift 2

{
  echo '#!/bin/sh'
  echo 'set -eu'
  for pair; do
    # shellcheck disable=SC2016 # for the script's shell
    printf 'for link in /sys/class/net/*; do\n  [ "$(cat "$link/address")" = %s ] || continue\n' "${pair%%=*}"
    # shellcheck disable=SC2016
    printf '  [ "${link##*/}" = %s ] || { ip link set "${link##*/}" down; ip link set "${link##*/}" name %s; }\ndone\n' \
      "${pair#*=}" "${pair#*=}"
  done
  base64 -d <<<"$script"
} | install -m 755 /dev/stdin /usr/local/sbin/conformance-network

cat >/etc/systemd/system/conformance-network.service <<'UNIT'
[Unit]
Description=Addresses and routes of the lab
After=network.target systemd-networkd.service networking.service
Before=kubelet.service frr.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/conformance-network

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --quiet conformance-network
systemctl restart conformance-network

begin='# conformance: machines of the lab' end='# conformance: end'
sed -i "/^$begin/,/^$end/d" /etc/hosts
{
  echo "$begin"
  base64 -d <<<"$hosts"
  echo "$end"
} >>/etc/hosts
