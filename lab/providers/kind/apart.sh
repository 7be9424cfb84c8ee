#!/bin/sh
# Lets bridges pass nothing between these ports ($@: indices of links) and others, by a table of nftables that goes with
# the process that made it (`flags owner`: Linux 5.12), which runs until it is killed.
set -eu
table=conformance_apart
links=
for index; do
  name=$(ip -o link show | sed -n "s/^$index: \([^@:]*\).*/\1/p")
  [ -n "$name" ] || { echo "there is no link $index" >&2; exit 1; }
  links="$links${links:+, }$name"
done
{
  echo "add table bridge $table { flags owner; }"
  echo "add chain bridge $table forward { type filter hook forward priority 0; }"
  echo "add rule bridge $table forward iifname { $links } oifname != { $links } drop"
  echo "add rule bridge $table forward iifname != { $links } oifname { $links } drop"
  exec sleep infinity
} | nft -i
